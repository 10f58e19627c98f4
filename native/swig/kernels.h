/* The kernels in plain C, without Python. native/reference.py holds the same in Python. */
#ifndef RUNOFF_KERNELS_H
#define RUNOFF_KERNELS_H

unsigned int burn(unsigned int number, unsigned int rounds);
unsigned int count_primes(unsigned int below);
unsigned int noop(unsigned int number);

#endif
