/* Files of the kernel's (/proc, control groups), read whole with the GIL held: see kernel_files.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FIRST_BYTES 8192 /* more than most of them hold */

/* Return what the file holds; NULL without an error where it cannot be read, with one where there is no memory. */
static PyObject *
read_to_end(int descriptor)
{
    PyObject *content = PyBytes_FromStringAndSize(NULL, FIRST_BYTES);
    Py_ssize_t used = 0;
    while (content != NULL) {
        Py_ssize_t room = PyBytes_GET_SIZE(content) - used;
        ssize_t got = read(descriptor, PyBytes_AS_STRING(content) + used, (size_t)room);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            Py_CLEAR(content); /* the process has ended since, or the file is a folder */
        }
        else if (got == 0) {
            _PyBytes_Resize(&content, used);
            break;
        }
        else if ((used += got) == PyBytes_GET_SIZE(content)) {
            _PyBytes_Resize(&content, 2 * used);
        }
    }
    return content;
}

/* Return `answer`, None where it is NULL and nothing was raised. */
static PyObject *
or_none(PyObject *answer)
{
    return answer != NULL || PyErr_Occurred() ? answer : Py_NewRef(Py_None);
}

PyDoc_STRVAR(read_file_doc, "read_file(path, /)\n--\n\n\
Return what a file of the kernel's holds, None where it cannot be read.");

static PyObject *
read_file(PyObject *Py_UNUSED(module), PyObject *argument)
{
    PyObject *path, *content = NULL;
    if (!PyUnicode_FSConverter(argument, &path)) {
        return NULL;
    }
    int descriptor = open(PyBytes_AS_STRING(path), O_RDONLY | O_CLOEXEC);
    Py_DECREF(path);
    if (descriptor >= 0) {
        content = read_to_end(descriptor);
        close(descriptor);
    }
    return or_none(content);
}

/* Return the names in a folder, but for those that begin with a dot; NULL with an error where there is no memory. */
static PyObject *
names_in(DIR *folder)
{
    PyObject *names = PyList_New(0);
    for (struct dirent *entry; names != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            PyObject *name = PyUnicode_DecodeFSDefault(entry->d_name);
            if (name == NULL || PyList_Append(names, name) < 0) {
                Py_CLEAR(names);
            }
            Py_XDECREF(name);
        }
    }
    return names;
}

PyDoc_STRVAR(list_folder_doc, "list_folder(path, /)\n--\n\n\
Return the names in a folder of the kernel's, None where it cannot be read.");

static PyObject *
list_folder(PyObject *Py_UNUSED(module), PyObject *argument)
{
    PyObject *path, *names = NULL;
    if (!PyUnicode_FSConverter(argument, &path)) {
        return NULL;
    }
    DIR *folder = opendir(PyBytes_AS_STRING(path));
    Py_DECREF(path);
    if (folder != NULL) {
        names = names_in(folder);
        closedir(folder);
    }
    return or_none(names);
}

static PyMethodDef functions[] = {
    {"list_folder", list_folder, METH_O, list_folder_doc},
    {"read_file", read_file, METH_O, read_file_doc},
    {NULL, NULL, 0, NULL},
};

/* It keeps nothing from one call to the next, so that neither threads nor interpreters are in each other's way; one that
   did not say so would give an interpreter without a GIL its GIL back. */
static PyModuleDef_Slot slots[] = {
#ifdef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_kernel_files",
    .m_doc = "Reads files of the kernel's with the GIL held.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__kernel_files(void)
{
    return PyModuleDef_Init(&definition);
}
