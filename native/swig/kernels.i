/* The GIL policy: each kernel is wrapped twice, once holding the lock and once releasing it. Run SWIG with -threads
   (so that a wrapper can release) and -nogil (so that the import does not turn the GIL on in a free-threaded build).
   "nothread" stands first, because -threads alone would release in every call.

   For Java (swig -java, for Jython) there is no lock to hold: only the kernels that release it are wrapped. */
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

#ifdef SWIGJAVA

%ignore burn_gil;
%ignore count_primes_gil;
%ignore noop_gil;

%{
/* Raise Jython's OverflowError, as the C API does for a number that is no unsigned int. */
static void refuse_number(JNIEnv *env)
{
    jclass py = (*env)->FindClass(env, "org/python/core/Py");
    jmethodID make;
    if (!py)
        return; /* with the error of FindClass */
    make = (*env)->GetStaticMethodID(env, py, "OverflowError", "(Ljava/lang/String;)Lorg/python/core/PyException;");
    if (make) {
        jstring text = (*env)->NewStringUTF(env, "not in 0 .. 2**32 - 1");
        (*env)->Throw(env, (jthrowable)(*env)->CallStaticObjectMethod(env, py, make, text));
    }
}
%}

%typemap(in) unsigned int %{
    if ($input < 0 || $input > 0xFFFFFFFFLL) {
        refuse_number(jenv);
        return 0;
    }
    $1 = (unsigned int)$input;
%}

/* The class that has the native methods must load them itself: they belong to its class loader. */
%pragma(java) jniclasscode=%{
  static {
    System.load(System.getProperty("runoff.kernels"));
  }
%}

#else

%nothread;
%thread burn_nogil;
%thread count_primes_nogil;
%thread noop_nogil;

#endif

unsigned int burn_gil(unsigned int number, unsigned int rounds);
unsigned int burn_nogil(unsigned int number, unsigned int rounds);
unsigned int count_primes_gil(unsigned int below);
unsigned int count_primes_nogil(unsigned int below);
unsigned int noop_gil(unsigned int number);
unsigned int noop_nogil(unsigned int number);
