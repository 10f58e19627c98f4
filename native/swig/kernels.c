#include "kernels.h"

#define FACTOR 1664525u
#define OFFSET 1013904223u
#define BACK 4276115653u /* FACTOR * BACK == 1 modulo 2^32 */

/* Each step needs the one before, so that no compiler can shorten the chain or run it in parallel. */
unsigned int burn(unsigned int number, unsigned int rounds)
{
    unsigned int state = number;
    unsigned int i;
    for (i = 0; i < rounds; i++)
        state = state * FACTOR + OFFSET;
    for (i = 0; i < rounds; i++)
        state = (state - OFFSET) * BACK;
    return state;
}

unsigned int count_primes(unsigned int below)
{
    unsigned int count = 0, candidate, divisor;
    for (candidate = 2; candidate < below; candidate++) {
        for (divisor = 2; (unsigned long long)divisor * divisor <= candidate && candidate % divisor; divisor++)
            ;
        if ((unsigned long long)divisor * divisor > candidate)
            count++;
    }
    return count;
}

unsigned int noop(unsigned int number)
{
    return number;
}
