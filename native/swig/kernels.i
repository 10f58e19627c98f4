/* The GIL policy, and nothing else: each kernel is wrapped twice, once holding the lock and once letting go of it.
   Run with -threads (so that letting go is possible) and -nogil (so that importing the module leaves a free-threaded
   build free); "nothread" first, because -threads alone would pay for a release in every call. */
%module runoff_kernels

%{
#include "kernels.h"
#define burn_gil burn
#define burn_nogil burn
#define count_primes_gil count_primes
#define count_primes_nogil count_primes
#define noop_gil noop
#define noop_nogil noop
%}

%nothread;
%thread burn_nogil;
%thread count_primes_nogil;
%thread noop_nogil;

unsigned int burn_gil(unsigned int number, unsigned int rounds);
unsigned int burn_nogil(unsigned int number, unsigned int rounds);
unsigned int count_primes_gil(unsigned int below);
unsigned int count_primes_nogil(unsigned int below);
unsigned int noop_gil(unsigned int number);
unsigned int noop_nogil(unsigned int number);
