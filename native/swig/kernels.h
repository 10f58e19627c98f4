/* The kernels: plain C, no Python in sight. native/reference.py says in Python what each must answer. */
#ifndef RUNOFF_KERNELS_H
#define RUNOFF_KERNELS_H

unsigned int burn(unsigned int number, unsigned int rounds);
unsigned int count_primes(unsigned int below);
unsigned int noop(unsigned int number);

#endif
