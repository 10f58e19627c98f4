/* One kernel wrapped by hand, as lean as the C API allows. The harness-cost command compares the generated wrappers with
   it. It holds the GIL, and declares that it does not need one where the C API has a way. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernels.h"

static PyObject *by_hand_noop(PyObject *module, PyObject *argument)
{
    unsigned long number;
    (void)module;
#if PY_MAJOR_VERSION < 3
    if (PyInt_Check(argument))
        return PyInt_FromLong((long)noop((unsigned int)PyInt_AS_LONG(argument)));
#endif
    number = PyLong_AsUnsignedLong(argument);
    if (number == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromUnsignedLong(noop((unsigned int)number));
}

static PyMethodDef methods[] = {{"noop", by_hand_noop, METH_O, "Return the number."}, {NULL, NULL, 0, NULL}};

#if PY_MAJOR_VERSION < 3
PyMODINIT_FUNC initrunoff_byhand(void)
{
    Py_InitModule("runoff_byhand", methods);
}
#else
static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000 && defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "runoff_byhand", NULL, 0, methods, slots,
                                        NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_runoff_byhand(void)
{
    return PyModuleDef_Init(&definition);
}
#endif
