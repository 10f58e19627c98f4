/* The GIL policy: each kernel is wrapped twice, once holding the lock and once releasing it. Run SWIG with -threads
   (so that a wrapper can release) and -nogil (so that the import does not turn the GIL on in a free-threaded build).
   "nothread" stands first, because -threads alone would release in every call. */
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
