/* The native core of the census: counts every object of the interpreter by type, in this process or in a copy of it.

   It takes no reference to what it counts, so that nothing is kept alive, nothing is finalized, and the copy writes to
   none of the bot's pages but what both share for that: its answer, and the order it found things in. It calls no Python
   code. Its own memory comes from mmap alone: in a copy of a process with threads, malloc may be locked for ever.

   Read from top to bottom: memory, marks, types and their sizes, the collector's lists, the count, who owns what, the
   answer, the copy, and the functions that Python sees. */

#define PY_SSIZE_T_CLEAN
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for wait4, __WCLONE, MAP_ANONYMOUS */
#endif
#include <Python.h>

#if defined(PYPY_VERSION) || defined(GRAALVM_PYTHON) || !defined(Py_PYTHON_H)
#error "written for CPython"
#endif
#ifdef Py_GIL_DISABLED
#error "without the GIL the heap does not stand still: objects are counted in Python"
#endif
#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030F0000
#error "written for CPython 3.11 to 3.14: on others, objects are counted in Python"
#endif
#if defined(_WIN32) || UINTPTR_MAX != UINT64_MAX
#error "written for 64-bit POSIX systems: on others, objects are counted in Python"
#endif

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#endif

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static void *
map_pages(size_t bytes, int flags)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/* An array that grows by moving; `item` is the size of one. */
typedef struct {
    void *items;
    size_t count, room, item;
} Vector;

static int
make_room(Vector *vector)
{
    if (vector->count < vector->room) {
        return 0;
    }
    size_t room = vector->room ? vector->room * 2 : 65536 / vector->item;
    void *items = map_pages(room * vector->item, MAP_PRIVATE);
    if (items == NULL) {
        return -1;
    }
    if (vector->items != NULL) {
        memcpy(items, vector->items, vector->count * vector->item);
        munmap(vector->items, vector->room * vector->item);
    }
    vector->items = items;
    vector->room = room;
    return 0;
}

static void
free_vector(Vector *vector)
{
    if (vector->items != NULL) {
        munmap(vector->items, vector->room * vector->item);
    }
}

/* ---- Memory that comes late --------------------------------------------------------------------------------------- */

/* A heap that has lived lies all over memory, and whoever asks for one place of it and waits, waits most of the time. So
   each place is asked for some objects before it is looked at. */
#define AHEAD 8

typedef struct {
    PyObject *objects[AHEAD];
    size_t next;
} Delay;

/* Put `object` in (NULL: nothing), and return what was put in AHEAD times ago. */
static inline PyObject *
pass_through(Delay *delay, PyObject *object)
{
    PyObject **place = &delay->objects[delay->next++ % AHEAD];
    PyObject *earlier = *place;
    *place = object;
    return earlier;
}

/* GCC takes a function that only asks for memory for one without effect, and drops calls to it, or to what it has split off
   it, unless it is inlined. */
#define ASKS __attribute__((always_inline)) static inline void

/* Ask for an object's head, and for what lies before it: where its attributes are, if they are not in itself. */
ASKS
ask_for_head(PyObject *object)
{
    __builtin_prefetch(object);
    __builtin_prefetch((void **)object - 4);
}

/* Ask for what an object, whose head has come, is going to be traversed for. */
ASKS
ask_for_content(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyList_Type) {
        __builtin_prefetch(((PyListObject *)object)->ob_item);
    }
    else if (type == &PyDict_Type) {
        const char *keys = (const char *)((PyDictObject *)object)->ma_keys;
        __builtin_prefetch(keys);
        __builtin_prefetch(keys + 64);
        __builtin_prefetch(keys + 112); /* the end of the smallest */
        __builtin_prefetch(((PyDictObject *)object)->ma_values);
    }
    else if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        __builtin_prefetch(((void **)object)[-3]); /* its dictionary, in 3.12 its values or that */
#if PY_VERSION_HEX < 0x030C0000
        __builtin_prefetch(((void **)object)[-4]); /* its values */
#elif PY_VERSION_HEX >= 0x030D0000
        __builtin_prefetch((char *)object + type->tp_basicsize); /* its values */
#endif
    }
}

/* ---- Marks ------------------------------------------------------------------------------------------------------- */

/* Which objects were seen: one bit for every 16 bytes of memory, the smallest an object can be, in regions of 1 MB found
   by two tables of pointers. 18 KB for each MB that holds objects. */
#define REGION_SHIFT 20
#define TABLE_SHIFT 14
#define TABLE_SLOTS (1 << TABLE_SHIFT)
#define ADDRESS_BITS (REGION_SHIFT + 2 * TABLE_SHIFT)
#define WORDS (1 << (REGION_SHIFT - 4 - 6))

typedef struct {
    uint64_t bits[WORDS];
    uint64_t taken_up[WORDS]; /* which of them `each_object` goes through where it is asked for those */
    uint64_t *odd; /* which of them begin in the middle of their 16 bytes: objects in static memory may */
    uintptr_t start;
    uint32_t objects_before;       /* in all regions before this one … */
    uint16_t objects_before_word[WORDS]; /* … and in this one: from both, each object's number. For owners only. */
} Region;

typedef struct Chunk {
    struct Chunk *next;
    size_t used;
} Chunk;
#define CHUNK_BYTES (1 << 20)

/* ---- Types ------------------------------------------------------------------------------------------------------- */

typedef enum { FIXED_SIZE, BY_ITEMS, LIST_SIZE, INT_SIZE, STR_SIZE, BY_METHOD } SizeRule;

/* What the objects of a type are to owners: see "Who owns what". */
typedef enum { CARRIER, OWNER, CLASS, MODULE, FUNCTION, RUNNING } Role;

typedef struct {
    PyTypeObject *type;
    uint64_t objects, bytes;
    uint64_t owned_objects, owned_bytes; /* of its instances and what only they reach */
    uint64_t loose_objects, loose_bytes; /* of its instances that nobody owns alone */
    PyMethodDescrObject *size_method;
    Py_ssize_t base_bytes, item_bytes, before_bytes;
    SizeRule rule;
    Role role;
    uint32_t module;
} Type;

typedef struct {
    PyTypeObject *type;
    uint32_t place;
} TypeSlot;

/* The name of a top-level module; only what the module itself holds, not its classes' instances, is added up here. */
#define NAME_BYTES 512
typedef struct {
    char *name;
    uint32_t length;
    int is_library;
    uint64_t objects, bytes;
} Module;

typedef struct {
    Region **tables[TABLE_SLOTS];
    Chunk *chunks;
    Vector regions; /* of Region *, as they were met */
    Delay met, fresh; /* referents: those whose mark, and those whose head, has been asked for */
    Vector pending; /* of PyObject *, to be traversed */
    Vector types;   /* of Type */
    TypeSlot *slots;
    size_t slot_count;
    PyTypeObject *last_type;
    uint32_t last_place;
    Vector modules; /* of Module */
    uint32_t *module_slots; /* places in it + 1, by the hash of the name */
    PyObject *not_followed;
    const char *libraries, *libraries_end;
    PyMethodDescrObject *object_size_method;
    PyObject *name_sizeof, *name_module, *name_name;
    uint64_t tracked;
    uint32_t *owners; /* by an object's number */
    size_t owners_bytes;
    uint32_t spreading; /* the owner whose objects are being traversed */
    PyObject *found;    /* by find_function */
    int is_out_of_memory;
} Census;

static void *
allocate(Census *census, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    Chunk *chunk = census->chunks;
    if (chunk == NULL || chunk->used + bytes > CHUNK_BYTES) {
        chunk = map_pages(CHUNK_BYTES, MAP_PRIVATE);
        if (chunk == NULL) {
            census->is_out_of_memory = 1;
            return NULL;
        }
        chunk->next = census->chunks;
        chunk->used = 32;
        census->chunks = chunk;
    }
    void *memory = (char *)chunk + chunk->used;
    chunk->used += bytes;
    return memory;
}

static Region *
add_region(Census *census, uintptr_t address)
{
    if (address >> ADDRESS_BITS || make_room(&census->regions) < 0) {
        census->is_out_of_memory = 1;
        return NULL;
    }
    Region ***table = &census->tables[address >> (REGION_SHIFT + TABLE_SHIFT)];
    if (*table == NULL) {
        *table = allocate(census, TABLE_SLOTS * sizeof(Region *));
    }
    Region *region = *table == NULL ? NULL : allocate(census, sizeof(Region));
    if (region != NULL) {
        region->start = address >> REGION_SHIFT << REGION_SHIFT;
        (*table)[(address >> REGION_SHIFT) & (TABLE_SLOTS - 1)] = region;
        ((Region **)census->regions.items)[census->regions.count++] = region;
    }
    return region;
}

static inline Region *
region_of(Census *census, const void *object)
{
    uintptr_t address = (uintptr_t)object;
    if (address >> ADDRESS_BITS) {
        return NULL;
    }
    Region **table = census->tables[address >> (REGION_SHIFT + TABLE_SHIFT)];
    return table == NULL ? NULL : table[(address >> REGION_SHIFT) & (TABLE_SLOTS - 1)];
}

static inline uint64_t *
word_of(Region *region, const void *object)
{
    return &region->bits[((uintptr_t)object >> 10) & (WORDS - 1)];
}

static inline uint64_t
bit_of(const void *object)
{
    return (uint64_t)1 << (((uintptr_t)object >> 4) & 63);
}

ASKS
ask_for_mark(Census *census, const void *object)
{
    Region *region = region_of(census, object);
    if (region != NULL) {
        __builtin_prefetch(word_of(region, object), 1);
    }
}

/* Mark `object`; return whether it was not marked yet. */
static inline int
mark(Census *census, const void *object)
{
    Region *region = region_of(census, object);
    if (region == NULL && (region = add_region(census, (uintptr_t)object)) == NULL) {
        return 0;
    }
    uint64_t *word = word_of(region, object), bit = bit_of(object);
    if (*word & bit) {
        return 0;
    }
    *word |= bit;
    if ((uintptr_t)object & 8) {
        if (region->odd == NULL && (region->odd = allocate(census, sizeof region->bits)) == NULL) {
            return 0;
        }
        region->odd[word - region->bits] |= bit;
    }
    return 1;
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* Write `text` as UTF-8 (lone surrogates as they are) into `out` of `room` bytes; what does not fit is cut off. */
static uint32_t
write_text(PyObject *text, char *out, uint32_t room)
{
    if (text == NULL || !PyUnicode_Check(text)) {
        return 0;
    }
#if PY_VERSION_HEX < 0x030C0000
    if (!PyUnicode_IS_READY(text)) {
        return 0;
    }
#endif
    uint32_t length = 0;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t at = 0; at < PyUnicode_GET_LENGTH(text) && length + 4 <= room; at++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, at);
        if (c < 0x80) {
            out[length++] = (char)c;
        }
        else if (c < 0x800) {
            out[length++] = (char)(0xC0 | c >> 6);
            out[length++] = (char)(0x80 | (c & 0x3F));
        }
        else if (c < 0x10000) {
            out[length++] = (char)(0xE0 | c >> 12);
            out[length++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[length++] = (char)(0x80 | (c & 0x3F));
        }
        else {
            out[length++] = (char)(0xF0 | c >> 18);
            out[length++] = (char)(0x80 | (c >> 12 & 0x3F));
            out[length++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[length++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return length;
}

/* Return `namespace[name]`, borrowed, for an interned name. No key's `__eq__` is asked. */
static PyObject *
look_up(PyObject *namespace, PyObject *name)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (namespace == NULL || !PyDict_Check(namespace)) {
        return NULL;
    }
    while (PyDict_Next(namespace, &at, &key, &value)) {
        /* Of two texts that are both interned, equal ones are one. */
        if (key == name || (PyUnicode_CheckExact(key) && !PyUnicode_CHECK_INTERNED(key) &&
                            PyUnicode_Compare(key, name) == 0)) {
            return value;
        }
    }
    return NULL;
}

/* Return what the class itself, not a base of it, has under `name`; borrowed from the class. */
static PyObject *
own_attribute(PyTypeObject *type, PyObject *name)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *namespace = PyType_GetDict(type);
    PyObject *value = look_up(namespace, name);
    Py_XDECREF(namespace);
    return value;
#else
    return look_up(type->tp_dict, name);
#endif
}

static const char BUILTINS[] = "builtins";

/* Write the type's `__module__`: what `type.__dict__['__module__'].__get__` says, `builtins` where that is no text. */
static uint32_t
write_module(Census *census, PyTypeObject *type, char *out, uint32_t room)
{
    uint32_t length = 0;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        length = write_text(own_attribute(type, census->name_module), out, room);
    }
    else {
        const char *dot = strrchr(type->tp_name, '.');
        if (dot != NULL && (size_t)(dot - type->tp_name) <= room) {
            length = (uint32_t)(dot - type->tp_name);
            memcpy(out, type->tp_name, length);
        }
    }
    if (length == 0) {
        length = sizeof BUILTINS - 1;
        memcpy(out, BUILTINS, length);
    }
    return length;
}

static uint32_t
write_qualname(PyTypeObject *type, char *out, uint32_t room)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        return write_text(((PyHeapTypeObject *)type)->ht_qualname, out, room);
    }
    const char *dot = strrchr(type->tp_name, '.'), *name = dot == NULL ? type->tp_name : dot + 1;
    size_t length = strlen(name);
    length = length < room ? length : room;
    memcpy(out, name, length);
    return (uint32_t)length;
}

/* ---- Sizes ------------------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030C0000
#define BEFORE_FLAGS (Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_MANAGED_WEAKREF)
#define DIGITS(object) ((Py_ssize_t)(((PyLongObject *)(object))->long_value.lv_tag >> 3))
#define DIGITS_OFFSET ((Py_ssize_t)offsetof(PyLongObject, long_value.ob_digit))
#else
#define BEFORE_FLAGS Py_TPFLAGS_MANAGED_DICT
#define DIGITS(object) Py_ABS(Py_SIZE(object))
#define DIGITS_OFFSET ((Py_ssize_t)offsetof(PyLongObject, ob_digit))
#endif

/* What lies before an instance: the collector's list pointers, and two more for its dictionary and weak references where
   the type has them there (Include/internal/pycore_object.h, `_PyType_PreHeaderSize`). */
static Py_ssize_t
bytes_before(PyTypeObject *type)
{
    Py_ssize_t bytes = PyType_IS_GC(type) ? 2 * sizeof(void *) : 0;
    return bytes + (type->tp_flags & BEFORE_FLAGS ? 2 * (Py_ssize_t)sizeof(void *) : 0);
}

static inline int
is_collectable(PyTypeObject *type, PyObject *object)
{
    return PyType_IS_GC(type) && (type->tp_is_gc == NULL || type->tp_is_gc(object));
}

/* Whether `sys.getsizeof` adds that for what the collector cannot track of such a type, static types: 3.11 does. */
static int is_before_all;

static inline int
has_before(PyTypeObject *type, PyObject *object)
{
    return is_before_all || is_collectable(type, object);
}

static Py_ssize_t
str_bytes(PyObject *text)
{
    /* As `str.__sizeof__`, Objects/unicodeobject.c. */
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        return (Py_ssize_t)sizeof(PyASCIIObject) + length + 1;
    }
    PyCompactUnicodeObject *compact = (PyCompactUnicodeObject *)text;
    Py_ssize_t bytes = (Py_ssize_t)sizeof(PyCompactUnicodeObject) + (length + 1) * PyUnicode_KIND(text);
    return bytes + (compact->utf8 != NULL ? compact->utf8_length + 1 : 0);
}

static Py_ssize_t
method_bytes(Type *type, PyObject *object)
{
    PyMethodDef *method = type->size_method->d_method;
    PyObject *answer = method->ml_flags == METH_NOARGS
                           ? method->ml_meth(object, NULL)
                           : PyObject_Vectorcall((PyObject *)type->size_method, &object, 1, NULL);
    Py_ssize_t bytes = answer != NULL && PyLong_Check(answer) ? PyLong_AsSsize_t(answer) : -1;
    Py_XDECREF(answer);
    if (bytes < 0) {
        PyErr_Clear();
        bytes = type->base_bytes; /* its own size method fails: what it takes without its content */
    }
    return bytes;
}

/* What `sys.getsizeof` says of `object`. */
static inline uint64_t
size_of(Type *type, PyObject *object)
{
    Py_ssize_t bytes = type->base_bytes;
    switch (type->rule) {
    case FIXED_SIZE:
        break;
    case BY_ITEMS:
        bytes += Py_ABS(((PyVarObject *)object)->ob_size) * type->item_bytes;
        break;
    case LIST_SIZE:
        bytes += ((PyListObject *)object)->allocated * (Py_ssize_t)sizeof(PyObject *);
        break;
    case INT_SIZE:
        bytes = DIGITS_OFFSET + Py_MAX(DIGITS(object), 1) * (Py_ssize_t)sizeof(digit);
        break;
    case STR_SIZE:
#if PY_VERSION_HEX < 0x030C0000
        if (!PyUnicode_IS_COMPACT(object) || ((PyASCIIObject *)object)->wstr != NULL) {
            bytes = method_bytes(type, object); /* of the kind that 3.12 has done away with */
            break;
        }
#endif
        bytes = str_bytes(object);
        break;
    case BY_METHOD:
        bytes = method_bytes(type, object);
        break;
    }
    return (uint64_t)(bytes + (has_before(type->type, object) ? type->before_bytes : 0));
}

static int
is_library(Census *census, const char *name, size_t length)
{
    for (const char *library = census->libraries; library < census->libraries_end; library += strlen(library) + 1) {
        if (strlen(library) == length && memcmp(library, name, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether a size method of this class only measures. One of a class that is compiled from Python (Cython) or Rust may run
   Python code or let go of the GIL, and then other threads would free what is being counted. */
static int
is_trusted(Census *census, PyTypeObject *type)
{
    char name[NAME_BYTES];
    uint32_t length = write_module(census, type, name, sizeof name);
    const char *dot = memchr(name, '.', length);
    length = dot != NULL ? (uint32_t)(dot - name) : length;
    return is_library(census, name, length) || (length == 5 && memcmp(name, "numpy", length) == 0);
}

static PyMethodDescrObject *
method_written_in_c(PyTypeObject *type, PyObject *found)
{
    if (found == NULL || !Py_IS_TYPE(found, &PyMethodDescr_Type)) {
        return NULL;
    }
    PyMethodDescrObject *method = (PyMethodDescrObject *)found;
    /* A class body may borrow the method of a type that it does not inherit from. */
    return PyType_IsSubtype(type, PyDescr_TYPE(method)) ? method : NULL;
}

/* Return the `__sizeof__` of the type, or the nearest that it inherits, that is written in C; NULL for `object`'s. */
static PyMethodDescrObject *
size_method_of(Census *census, PyTypeObject *type)
{
    if (type->tp_mro == NULL) {
        return NULL;
    }
    /* `_PyType_Lookup` would ask the `__eq__` of a namespace's key that is no plain text. */
    PyMethodDescrObject *method = NULL;
    for (Py_ssize_t at = 0; method == NULL && at < PyTuple_GET_SIZE(type->tp_mro); at++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, at);
        method = method_written_in_c(type, own_attribute(base, census->name_sizeof));
    }
    return method == census->object_size_method || !is_trusted(census, PyDescr_TYPE(method)) ? NULL : method;
}

static void
choose_size_rule(Census *census, Type *entry, PyObject *sample)
{
    PyTypeObject *type = entry->type;
    entry->before_bytes = bytes_before(type);
    entry->base_bytes = type->tp_basicsize;
    entry->item_bytes = type->tp_itemsize;
    entry->size_method = size_method_of(census, type);
    if (entry->size_method == NULL) {
        entry->rule = type->tp_itemsize ? BY_ITEMS : FIXED_SIZE;
        entry->size_method = census->object_size_method;
    }
    else {
        entry->rule = type == &PyUnicode_Type ? STR_SIZE : type == &PyLong_Type ? INT_SIZE
                      : type == &PyList_Type  ? LIST_SIZE : BY_METHOD;
    }
    if (entry->rule != BY_METHOD) {
        /* A version that measures otherwise is asked, object by object. */
        uint64_t by_rule = size_of(entry, sample);
        SizeRule rule = entry->rule;
        entry->rule = BY_METHOD;
        if (size_of(entry, sample) == by_rule) {
            entry->rule = rule;
        }
    }
}

/* ---- The table of types ------------------------------------------------------------------------------------------ */

static inline size_t
slot_for(const void *type, size_t slot_count)
{
    return (size_t)(((uintptr_t)type >> 4) * 0x9E3779B97F4A7C15u >> 32) & (slot_count - 1);
}

static int
grow_slots(Census *census)
{
    size_t count = census->slot_count ? census->slot_count * 2 : 4096;
    TypeSlot *slots = map_pages(count * sizeof(TypeSlot), MAP_PRIVATE);
    if (slots == NULL) {
        census->is_out_of_memory = 1;
        return -1;
    }
    for (size_t old = 0; old < census->slot_count; old++) {
        TypeSlot moved = census->slots[old];
        if (moved.type != NULL) {
            size_t at = slot_for(moved.type, count);
            while (slots[at].type != NULL) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = moved;
        }
    }
    if (census->slots != NULL) {
        munmap(census->slots, census->slot_count * sizeof(TypeSlot));
    }
    census->slots = slots;
    census->slot_count = count;
    return 0;
}

/* Return the entry of the object's type; NULL where memory ran out. */
static Type *
type_of(Census *census, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == census->last_type) {
        return (Type *)census->types.items + census->last_place;
    }
    size_t at = slot_for(type, census->slot_count);
    while (census->slots[at].type != type) {
        if (census->slots[at].type == NULL) {
            if (make_room(&census->types) < 0) {
                census->is_out_of_memory = 1;
                return NULL;
            }
            uint32_t place = (uint32_t)census->types.count++;
            Type *entry = (Type *)census->types.items + place;
            memset(entry, 0, sizeof *entry);
            entry->type = type;
            choose_size_rule(census, entry, object);
            census->slots[at] = (TypeSlot){type, place};
            if (census->types.count * 2 > census->slot_count && grow_slots(census) < 0) {
                return NULL;
            }
            at = slot_for(type, census->slot_count);
            continue;
        }
        at = (at + 1) & (census->slot_count - 1);
    }
    census->last_type = type;
    census->last_place = census->slots[at].place;
    return (Type *)census->types.items + census->last_place;
}

/* ---- The collector's lists --------------------------------------------------------------------------------------- */

typedef int (*Visit)(PyObject *, void *);

#if PY_VERSION_HEX < 0x030E0000

/* As in Include/internal/pycore_gc.h, from 3.8 to 3.13. PyUnstable_GC_VisitObjects would do from 3.12 on, but takes a
   reference to each object and so writes to its page, and leaves out frozen objects before gh-131740. */
typedef struct Link {
    struct Link *next;
    uintptr_t previous; /* the lowest two bits are flags */
} Link;

typedef struct {
    Link head;
    int threshold, count;
} Generation;

typedef struct {
    Generation generations[3];
    Link *youngest;
    Generation frozen;
} Lists;

static Link *
previous_of(const Link *link)
{
    return (Link *)(link->previous & ~(uintptr_t)3);
}

static int
is_head(const Link *head)
{
    return head->next != NULL && previous_of(head->next) == head && previous_of(head)->next == head;
}

/* The order that the lists were in at the last count, so that memory can be asked for what comes next before the list leads
   there. Nothing else is believed of it: it does no harm that objects have come and gone since, or that a copy was killed
   while it wrote. It is noted in place, since the collector moves objects to later places and others go: one that appears
   where none has gone before it (after gc.freeze) loses all behind it, until the next count. A place is an object's address
   less its lowest four bits and those above 36. What was once noted stays, 4 bytes an object and 32 MB at most. */
#define ORDER_ROOM (8 << 20)
#define PLACE_BITS 36
#define PLACES_AHEAD 16

typedef struct {
    size_t count;
    uint32_t places[ORDER_ROOM];
} Order;

/* Return the order, NULL where there is no memory for it. It is shared, so that a copy can note it for the next count; a
   process that the bot forks has one of its own. */
static Order *
known_order(void)
{
    static Order *order;
    static pid_t owner;
    if (order != NULL && owner != getpid()) {
        munmap(order, sizeof *order);
        order = NULL;
    }
    if (order == NULL) {
        order = map_pages(sizeof *order, MAP_SHARED);
        owner = getpid();
    }
    return order;
}

/* How far a walk over the lists has come: in the last count's order, and in noting its own in that one's stead. */
typedef struct {
    Order *order; /* NULL: there is none, and none is noted */
    size_t known, at, lost, noted;
    Vector backs; /* places seen from a list's end, in that order */
} Trail;

static inline uint32_t
place_of(const Link *link)
{
    return (uint32_t)((uintptr_t)link >> 4);
}

static inline int
find_within(Trail *trail, uint32_t place, size_t places)
{
    size_t end = Py_MIN(trail->at + places, trail->known);
    for (size_t at = trail->at; at < end; at++) {
        if (trail->order->places[at] == place) {
            trail->at = at + 1;
            return 1;
        }
    }
    return 0;
}

/* Return whether `link` comes next in the last count's order, or later where what came before it is gone. It is looked for
   the further, and the less often, the longer the order was lost: some 30 places for each object seen meanwhile. */
static inline int
is_in_order(Trail *trail, const Link *link)
{
    uint32_t place = place_of(link);
    if (find_within(trail, place, 1)) {
        trail->lost = 0;
        return 1;
    }
    trail->lost++;
    int is_time = (trail->lost & (trail->lost - 1)) == 0;
    return is_time && find_within(trail, place, 16 * trail->lost);
}

ASKS
ask_for_next(Trail *trail, const Link *link)
{
    size_t next = trail->at + PLACES_AHEAD;
    if (next < trail->known) {
        uintptr_t above = (uintptr_t)link >> PLACE_BITS << PLACE_BITS;
        __builtin_prefetch((void *)(above | (uintptr_t)trail->order->places[next] << 4));
    }
}

static inline void
note_place(Trail *trail, uint32_t place)
{
    if (trail->order != NULL && trail->noted < ORDER_ROOM) {
        trail->order->places[trail->noted++] = place;
    }
}

static inline void
note_from_back(Trail *trail, const Link *link)
{
    int has_room = trail->order != NULL && trail->noted + trail->backs.count < ORDER_ROOM;
    if (has_room && make_room(&trail->backs) == 0) {
        ((uint32_t *)trail->backs.items)[trail->backs.count++] = place_of(link);
    }
}

static void
note_backs_in_order(Trail *trail)
{
    while (trail->backs.count) {
        note_place(trail, ((uint32_t *)trail->backs.items)[--trail->backs.count]);
    }
}

/* Return the collector's lists, NULL where they are not where this file knows them to be.

   A new object is the last on the youngest list, so that its successor is the list's head. What surrounds that is
   taken for the lists only if all that is known of them holds. */
static Lists *
find_lists(void)
{
    PyObject *newest = PyList_New(0);
    if (newest == NULL) {
        PyErr_Clear();
        return NULL;
    }
    Lists *lists = PyObject_GC_IsTracked(newest) ? (Lists *)((Link *)newest - 1)->next : NULL;
    int is_known = lists != NULL && is_head(&lists->generations[0].head) &&
                   lists->youngest == &lists->generations[0].head && is_head(&lists->generations[1].head) &&
                   is_head(&lists->generations[2].head) && is_head(&lists->frozen.head);
    Py_DECREF(newest);
    return is_known ? lists : NULL;
}

/* Visit a list from both ends at once: where an object lies is known only once the one before it has come from memory, and
   so two are on their way at a time. As far as the last count's order holds, all are known: then from the front. */
static int
visit_list(Link *head, Trail *trail, Visit visit, void *argument)
{
    Link *front = head->next, *back = previous_of(head);
    while (front != head) {
        if (visit((PyObject *)(front + 1), argument)) {
            return 1;
        }
        int is_known = is_in_order(trail, front);
        note_place(trail, place_of(front));
        if (front == back) {
            break;
        }
        if (is_known) {
            ask_for_next(trail, front);
        }
        else {
            if (visit((PyObject *)(back + 1), argument)) {
                return 1;
            }
            note_from_back(trail, back);
            if (front->next == back) {
                break;
            }
            back = previous_of(back);
        }
        front = front->next;
    }
    note_backs_in_order(trail);
    return 0;
}

/* Visit what the collector tracks, the oldest first, since their order changes least. */
static int
visit_tracked(Lists *lists, Order *order, Visit visit, void *argument)
{
    Trail trail = {.order = order, .known = order == NULL ? 0 : order->count, .backs = {.item = sizeof(uint32_t)}};
    int result = visit_list(&lists->frozen.head, &trail, visit, argument);
    for (int generation = 2; generation >= 0 && !result; generation--) {
        result = visit_list(&lists->generations[generation].head, &trail, visit, argument);
    }
    if (order != NULL) {
        order->count = trail.noted;
    }
    free_vector(&trail.backs);
    return result;
}

#else

typedef struct {
    Visit visit;
    void *argument;
    int result;
} Lists;

typedef struct Order Order;

static Order *
known_order(void)
{
    return NULL; /* the interpreter walks over its lists itself */
}

static Lists *
find_lists(void)
{
    static Lists lists; /* the interpreter knows them itself */
    return &lists;
}

static int
visit_one(PyObject *object, void *argument)
{
    Lists *lists = argument;
    lists->result = lists->visit(object, lists->argument);
    return lists->result == 0;
}

static int
visit_tracked(Lists *lists, Order *Py_UNUSED(order), Visit visit, void *argument)
{
    *lists = (Lists){visit, argument, 0};
    PyUnstable_GC_VisitObjects(visit_one, lists);
    return lists->result;
}

#endif

/* ---- The count --------------------------------------------------------------------------------------------------- */

static inline Type *
count_object(Census *census, PyObject *object)
{
    Type *type = type_of(census, object);
    if (type != NULL) {
        type->objects++;
        type->bytes += size_of(type, object);
    }
    return type;
}

/* The collector's lists are in no order of memory once the bot has lived for a while, and memory is slow to whom jumps
   about in it: all that is done in their order is this. */
static int
note_tracked(PyObject *object, void *argument)
{
    Census *census = argument;
    census->tracked++;
    mark(census, object);
    return census->is_out_of_memory;
}

static void
count_fresh(Census *census, PyObject *object)
{
    Type *type = count_object(census, object);
    if (type != NULL && PyType_IS_GC(type->type)) {
        if (make_room(&census->pending) < 0) {
            census->is_out_of_memory = 1;
            return;
        }
        ask_for_content(object);
        ((PyObject **)census->pending.items)[census->pending.count++] = object;
    }
}

/* Called for whatever an object refers to: it will be counted, unless it was counted, once what is needed has come. With
   NULL those before it move on. */
static int
count_referent(PyObject *object, void *argument)
{
    Census *census = argument;
    if (object != NULL) {
        ask_for_mark(census, object);
    }
    object = pass_through(&census->met, object);
    if (object != NULL && !mark(census, object)) {
        return census->is_out_of_memory;
    }
    if (object != NULL) {
        ask_for_head(object);
    }
    object = pass_through(&census->fresh, object);
    if (object != NULL) {
        count_fresh(census, object);
    }
    return census->is_out_of_memory;
}

/* Call `visit` for all that `object` refers to: what the collector would visit, and a dictionary's keys, which it leaves
   out where all are texts. */
static void
traverse(Census *census, PyObject *object, Visit visit)
{
    PyTypeObject *type = Py_TYPE(object);
    /* Of what the collector cannot track, such as a static type, nothing may be asked: it would abort. */
    if (!is_collectable(type, object) || type->tp_traverse == NULL || object == census->not_followed) {
        return;
    }
    if (type != &PyDict_Type) {
        type->tp_traverse(object, visit, census);
    }
    if (PyDict_Check(object)) {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(object, &at, &key, &value)) {
            if (visit(key, census) || visit(value, census)) {
                return;
            }
        }
    }
}

static void
follow_pending(Census *census)
{
    while (census->pending.count && !census->is_out_of_memory) {
        traverse(census, ((PyObject **)census->pending.items)[--census->pending.count], count_referent);
    }
}

/* Called for what a tracked object refers to: it is marked, and will be counted with those that lie around it. */
static int
note_referent(PyObject *object, void *argument)
{
    Census *census = argument;
    if (object != NULL) {
        ask_for_mark(census, object);
    }
    object = pass_through(&census->met, object);
    if (object != NULL) {
        mark(census, object);
    }
    return census->is_out_of_memory;
}

static void
count_and_note(Census *census, PyObject *object, uint32_t Py_UNUSED(number))
{
    count_object(census, object);
    traverse(census, object, note_referent);
}

/* Count an object that the collector's lists lack, and what it leads to that was not met yet. */
static void
count_and_follow(Census *census, PyObject *object, uint32_t Py_UNUSED(number))
{
    count_object(census, object);
    traverse(census, object, count_referent);
    follow_pending(census);
}

typedef void (*Step)(Census *, PyObject *, uint32_t);

/* Objects on their way to `step`: those whose head, and those whose content, has been asked for. */
typedef struct {
    Delay heads, contents;
    Step step;
    uint32_t number;
} Walk;

static inline void
walk_on(Census *census, Walk *walk, PyObject *object)
{
    if (object != NULL) {
        ask_for_head(object);
    }
    object = pass_through(&walk->heads, object);
    if (object != NULL) {
        ask_for_content(object);
    }
    object = pass_through(&walk->contents, object);
    if (object != NULL) {
        walk->step(census, object, walk->number++);
    }
}

/* Call `step` for every object that is marked, or taken up, with its number among them, in the order of memory. */
static void
each_object(Census *census, int of_taken_up, Step step)
{
    Walk walk = {.step = step};
    for (size_t at = 0; at < census->regions.count; at++) {
        Region *region = ((Region **)census->regions.items)[at];
        for (size_t word = 0; word < WORDS; word++) {
            uint64_t bits = of_taken_up ? region->taken_up[word] : region->bits[word];
            for (; bits && !census->is_out_of_memory; bits &= bits - 1) {
                uintptr_t address = region->start + (word * 64 + (size_t)__builtin_ctzll(bits)) * 16;
                int is_odd = region->odd != NULL && region->odd[word] & bits & -bits;
                walk_on(census, &walk, (PyObject *)(is_odd ? address + 8 : address));
            }
        }
    }
    for (int waiting = 0; waiting < 2 * AHEAD && !census->is_out_of_memory; waiting++) {
        walk_on(census, &walk, NULL);
    }
}

/* Have `each_object` take up what is marked but for what it took up last. What it took up before that it would meet again. */
static void
take_up_marked(Census *census)
{
    for (size_t at = 0; at < census->regions.count; at++) {
        Region *region = ((Region **)census->regions.items)[at];
        for (size_t word = 0; word < WORDS; word++) {
            region->taken_up[word] = region->bits[word] & ~region->taken_up[word];
        }
    }
}

/* Let go of what is on its way: a referent waits for AHEAD others, first for its mark and then for its head. */
static void
drain(Census *census, Visit visit)
{
    for (int waiting = 0; waiting < 2 * AHEAD; waiting++) {
        visit(NULL, census);
    }
}

/* Tracked objects first, then what they refer to, each in the order of memory; whatever is behind that as it comes. */
static void
count_all(Census *census, Lists *lists, Order *order)
{
    if (visit_tracked(lists, order, note_tracked, census)) {
        return;
    }
    take_up_marked(census);
    each_object(census, 1, count_and_note);
    drain(census, note_referent);
    take_up_marked(census);
    each_object(census, 1, count_and_follow);
    do {
        follow_pending(census);
        drain(census, count_referent);
    } while (census->pending.count && !census->is_out_of_memory);
}

/* ---- Who owns what ----------------------------------------------------------------------------------------------- */

/* Owners are: an instance of a class written in Python outside the standard library, for its class; and for its
   module each class, each function, each running generator or coroutine, and the module itself with its namespace.
   Everything else is a carrier: built-in objects, the standard library's, those of types written in C. A carrier
   belongs to the owner that alone reaches it, over carriers; where several classes of one module do, to the module;
   where several modules do, or none, to nobody.

   An owner is a number: 0 nobody yet, a type's place + 1, MODULES + a module's place, or SEVERAL. It only ever moves on
   in that order, so that each carrier is traversed at most three times. */
#define FIXED 0x80000000u /* the object is an owner itself */
#define SEVERAL 0x40000000u
#define MODULES 0x20000000u

#define MODULE_SLOTS (1 << 16)
#define MODULES_KEPT (MODULE_SLOTS / 2) /* what comes later has no name of its own */

/* Return where the place of a module of that name is kept, or would be. */
static uint32_t *
module_slot(Census *census, const char *name, uint32_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t at = 0; at < length; at++) {
        hash = (hash ^ (unsigned char)name[at]) * 16777619u;
    }
    for (;; hash++) {
        uint32_t *slot = &census->module_slots[hash & (MODULE_SLOTS - 1)];
        if (*slot == 0) {
            return slot;
        }
        Module *module = (Module *)census->modules.items + (*slot - 1);
        if (module->length == length && memcmp(module->name, name, length) == 0) {
            return slot;
        }
    }
}

/* Return the place of the top-level module that `name` begins with. */
static uint32_t
module_named(Census *census, const char *name, uint32_t length)
{
    const char *dot = memchr(name, '.', length);
    length = dot != NULL ? (uint32_t)(dot - name) : length;
    if (length == 0) {
        name = BUILTINS;
        length = sizeof BUILTINS - 1;
    }
    uint32_t *slot = module_slot(census, name, length);
    if (*slot == 0 && census->modules.count >= MODULES_KEPT) {
        length = 0;
        slot = module_slot(census, name, length);
    }
    if (*slot == 0) {
        char *kept = allocate(census, length);
        if (kept == NULL || make_room(&census->modules) < 0) {
            census->is_out_of_memory = 1;
            return 0;
        }
        memcpy(kept, name, length);
        ((Module *)census->modules.items)[census->modules.count] = (Module){kept, length, 0, 0, 0};
        *slot = (uint32_t)++census->modules.count;
    }
    return *slot - 1;
}

static uint32_t
module_called(Census *census, PyObject *text)
{
    char name[NAME_BYTES];
    return module_named(census, name, write_text(text, name, sizeof name));
}

static uint32_t
module_of(Census *census, PyTypeObject *type)
{
    char name[NAME_BYTES];
    return module_named(census, name, write_module(census, type, name, sizeof name));
}

static int
is_written_in_python(PyTypeObject *type)
{
    /* Only types made from a specification in C keep their name there. */
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && ((PyHeapTypeObject *)type)->_ht_tpname == NULL;
}

static Role
role_of(Census *census, Type *entry)
{
    PyTypeObject *type = entry->type;
    if (type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS) {
        return CLASS;
    }
    if (PyType_IsSubtype(type, &PyModule_Type)) {
        return MODULE;
    }
    if (type == &PyFunction_Type) {
        return FUNCTION;
    }
    if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type || type == &PyFrame_Type) {
        return RUNNING;
    }
    int is_library = ((Module *)census->modules.items)[entry->module].is_library;
    return is_written_in_python(type) && !is_library ? OWNER : CARRIER;
}

static int
find_function(PyObject *object, void *argument)
{
    Census *census = argument;
    if (PyFunction_Check(object)) {
        census->found = object;
    }
    return census->found != NULL;
}

/* Return the number of an object among all that are marked. */
static inline uint32_t
number_of(Region *region, const void *object)
{
    uint64_t before = *word_of(region, object) & (bit_of(object) - 1);
    uint16_t in_region = region->objects_before_word[((uintptr_t)object >> 10) & (WORDS - 1)];
    return region->objects_before + in_region + (uint32_t)__builtin_popcountll(before);
}

static uint32_t *
owner_slot(Census *census, const void *object)
{
    Region *region = region_of(census, object);
    if (region == NULL || !(*word_of(region, object) & bit_of(object))) {
        return NULL;
    }
    return &census->owners[number_of(region, object)];
}

static uint32_t
owner_itself(Census *census, Type *type, PyObject *object)
{
    switch (type->role) {
    case OWNER:
        return FIXED | (uint32_t)(type - (Type *)census->types.items + 1);
    case CLASS:
        return FIXED | MODULES | module_of(census, (PyTypeObject *)object);
    case MODULE: {
        PyObject *namespace = PyModule_GetDict(object);
        uint32_t owner = FIXED | MODULES | module_called(census, look_up(namespace, census->name_name));
        uint32_t *slot = namespace == NULL ? NULL : owner_slot(census, namespace);
        if (slot != NULL) {
            *slot = owner;
        }
        return owner;
    }
    case FUNCTION:
        return FIXED | MODULES | module_called(census, ((PyFunctionObject *)object)->func_module);
    case RUNNING:
        census->found = NULL;
        traverse(census, object, find_function);
        return census->found == NULL
                   ? 0
                   : FIXED | MODULES | module_called(census, ((PyFunctionObject *)census->found)->func_module);
    default:
        return 0;
    }
}

static uint32_t
module_of_owner(Census *census, uint32_t owner)
{
    return owner & MODULES ? owner & ~MODULES : ((Type *)census->types.items)[owner - 1].module;
}

static uint32_t
both(Census *census, uint32_t one, uint32_t other)
{
    if (one == other || one == 0) {
        return other;
    }
    if ((one | other) & SEVERAL) {
        return SEVERAL;
    }
    uint32_t module = module_of_owner(census, one);
    return module == module_of_owner(census, other) ? MODULES | module : SEVERAL;
}

static int
spread(PyObject *object, void *argument)
{
    Census *census = argument;
    uint32_t *slot = owner_slot(census, object);
    if (slot == NULL || *slot & FIXED) {
        return 0;
    }
    uint32_t owner = both(census, *slot, census->spreading);
    if (owner != *slot) {
        *slot = owner;
        if (PyType_IS_GC(Py_TYPE(object))) {
            if (make_room(&census->pending) < 0) {
                census->is_out_of_memory = 1;
                return 1;
            }
            ((PyObject **)census->pending.items)[census->pending.count++] = object;
        }
    }
    return 0;
}

static void
settle_owner(Census *census, PyObject *object, uint32_t number)
{
    Type *type = type_of(census, object);
    uint32_t owner = type == NULL || type->role == CARRIER ? 0 : owner_itself(census, type, object);
    if (owner) {
        census->owners[number] = owner;
    }
}

static void
spread_owner(Census *census, PyObject *object, uint32_t number)
{
    if (!(census->owners[number] & FIXED)) {
        return;
    }
    census->spreading = census->owners[number] & ~FIXED;
    traverse(census, object, spread);
    while (census->pending.count && !census->is_out_of_memory) {
        PyObject *carrier = ((PyObject **)census->pending.items)[--census->pending.count];
        census->spreading = *owner_slot(census, carrier);
        traverse(census, carrier, spread);
    }
}

static void
add_to_owner(Census *census, PyObject *object, uint32_t number)
{
    Type *type = type_of(census, object);
    if (type == NULL) {
        return;
    }
    uint64_t bytes = size_of(type, object);
    uint32_t owner = census->owners[number] & ~FIXED;
    if (owner == 0 || owner & SEVERAL) {
        type->loose_objects++;
        type->loose_bytes += bytes;
    }
    else if (owner & MODULES) {
        Module *module = (Module *)census->modules.items + (owner & ~MODULES);
        module->objects++;
        module->bytes += bytes;
    }
    else {
        Type *class = (Type *)census->types.items + owner - 1;
        class->owned_objects++;
        class->owned_bytes += bytes;
    }
}

static void
attribute_owners(Census *census)
{
    census->module_slots = map_pages(MODULE_SLOTS * sizeof(uint32_t), MAP_PRIVATE);
    if (census->module_slots == NULL) {
        census->is_out_of_memory = 1;
        return;
    }
    for (const char *name = census->libraries; name < census->libraries_end; name += strlen(name) + 1) {
        uint32_t place = module_named(census, name, (uint32_t)strlen(name));
        if (census->is_out_of_memory) {
            return;
        }
        ((Module *)census->modules.items)[place].is_library = 1;
    }
    for (size_t at = 0; at < census->types.count; at++) {
        uint32_t module = module_of(census, ((Type *)census->types.items)[at].type);
        Type *type = (Type *)census->types.items + at;
        type->module = module;
        type->role = role_of(census, type);
    }
    uint32_t objects = 0;
    for (size_t at = 0; at < census->regions.count; at++) {
        Region *region = ((Region **)census->regions.items)[at];
        region->objects_before = objects;
        uint32_t in_region = 0;
        for (size_t word = 0; word < WORDS; word++) {
            region->objects_before_word[word] = (uint16_t)in_region;
            in_region += (uint32_t)__builtin_popcountll(region->bits[word]);
        }
        objects += in_region;
    }
    census->owners_bytes = (objects + 1) * sizeof(uint32_t);
    census->owners = map_pages(census->owners_bytes, MAP_PRIVATE);
    if (census->owners == NULL) {
        census->is_out_of_memory = 1;
        return;
    }
    each_object(census, 0, settle_owner);
    each_object(census, 0, spread_owner);
    each_object(census, 0, add_to_owner);
}

/* ---- One census -------------------------------------------------------------------------------------------------- */

/* What is needed of Python before a count, and may not be asked for in the copy. */
typedef struct {
    Lists *lists;
    Order *order;
    PyObject *not_followed;
    PyMethodDescrObject *object_size_method;
    PyObject *name_sizeof, *name_module, *name_name;
    const char *libraries; /* the names of the standard library's modules, each ended by a zero byte */
    Py_ssize_t libraries_bytes;
    int wants_owners;
} Question;

/* Count the heap. The census's memory is the caller's to free; its result is out of memory or whole. */
static void
take_census(Census *census, const Question *question)
{
    census->regions.item = sizeof(Region *);
    census->pending.item = sizeof(PyObject *);
    census->types.item = sizeof(Type);
    census->modules.item = sizeof(Module);
    census->not_followed = question->not_followed;
    census->libraries = question->libraries;
    census->libraries_end = question->libraries + question->libraries_bytes;
    census->object_size_method = question->object_size_method;
    census->name_sizeof = question->name_sizeof;
    census->name_module = question->name_module;
    census->name_name = question->name_name;
    if (grow_slots(census) < 0) {
        return;
    }
    count_all(census, question->lists, question->order);
    if (question->wants_owners && !census->is_out_of_memory) {
        attribute_owners(census);
    }
}

static void
free_census(Census *census)
{
    free_vector(&census->regions);
    free_vector(&census->pending);
    free_vector(&census->types);
    free_vector(&census->modules);
    if (census->slots != NULL) {
        munmap(census->slots, census->slot_count * sizeof(TypeSlot));
    }
    if (census->module_slots != NULL) {
        munmap(census->module_slots, MODULE_SLOTS * sizeof(uint32_t));
    }
    if (census->owners != NULL) {
        munmap(census->owners, census->owners_bytes);
    }
    for (Chunk *chunk = census->chunks; chunk != NULL;) {
        Chunk *next = chunk->next;
        munmap(chunk, CHUNK_BYTES);
        chunk = next;
    }
    munmap(census, sizeof *census);
}

/* ---- The answer -------------------------------------------------------------------------------------------------- */

/* A block of memory that the copy shares with the process: this head, then rows. */
#define ANSWER_BYTES ((size_t)16 << 20)

typedef struct {
    uint64_t is_whole, tracked, rows, bytes;
} Answer;

typedef enum { TYPE_ROW, MODULE_ROW } RowKind;

typedef struct {
    uint64_t objects, bytes, owned_objects, owned_bytes, loose_objects, loose_bytes;
    uint32_t kind, module_bytes, name_bytes, reserved;
    /* then the module's name, then the type's */
} Row;

static int
has_room(const Answer *answer, size_t bytes)
{
    return answer->bytes + sizeof(Row) + 2 * (NAME_BYTES + 8) <= bytes;
}

static void
end_row(Answer *answer, Row *row)
{
    answer->bytes += (sizeof(Row) + row->module_bytes + row->name_bytes + 7) & ~(uint64_t)7;
    answer->rows++;
}

/* Write what was counted. Where there are more modules or types than have room, the last row of theirs is the sum of the
   rest, unnamed; modules take half of the room at most. */
static void
write_answer(Census *census, Answer *answer)
{
    *answer = (Answer){0, census->tracked, 0, sizeof(Answer)};
    Module *modules = census->modules.items;
    Row *row = NULL;
    for (size_t at = 0; at < census->modules.count; at++) {
        if (modules[at].objects == 0) {
            continue;
        }
        int is_named = has_room(answer, ANSWER_BYTES / 2);
        if (is_named || row == NULL || row->module_bytes) {
            row = (Row *)((char *)answer + answer->bytes);
            *row = (Row){.kind = MODULE_ROW, .module_bytes = is_named ? modules[at].length : 0};
            memcpy(row + 1, modules[at].name, row->module_bytes);
            end_row(answer, row);
        }
        row->objects += modules[at].objects;
        row->bytes += modules[at].bytes;
    }
    for (size_t at = 0; at < census->types.count; at++) {
        Type *type = (Type *)census->types.items + at;
        if (has_room(answer, ANSWER_BYTES)) {
            row = (Row *)((char *)answer + answer->bytes);
            *row = (Row){.kind = TYPE_ROW};
            char *text = (char *)(row + 1);
            row->module_bytes = write_module(census, type->type, text, NAME_BYTES);
            row->name_bytes = write_qualname(type->type, text + row->module_bytes, NAME_BYTES);
            end_row(answer, row);
        }
        else {
            row->module_bytes = row->name_bytes = 0;
        }
        row->objects += type->objects;
        row->bytes += type->bytes;
        row->owned_objects += type->owned_objects;
        row->owned_bytes += type->owned_bytes;
        row->loose_objects += type->loose_objects;
        row->loose_bytes += type->loose_bytes;
    }
    answer->is_whole = !census->is_out_of_memory;
}

/* What a type written in C is called need not be UTF-8, and may have been cut within a character. */
static PyObject *
read_text(const char *text, uint32_t bytes)
{
    PyObject *read = PyUnicode_DecodeUTF8(text, bytes, "surrogatepass");
    if (read == NULL) {
        PyErr_Clear();
        read = PyUnicode_DecodeUTF8(text, bytes, "replace");
    }
    return read;
}

/* Return (tracked, types, modules): types as (module, qualname, objects, bytes, owned objects, owned bytes, loose
   objects, loose bytes), modules as (name, objects, bytes). */
static PyObject *
read_answer(const Answer *answer)
{
    PyObject *types = PyList_New(0), *modules = PyList_New(0);
    const char *at = (const char *)(answer + 1);
    for (uint64_t number = 0; types != NULL && modules != NULL && number < answer->rows; number++) {
        const Row *row = (const Row *)at;
        const char *text = (const char *)(row + 1);
        PyObject *module = read_text(text, row->module_bytes), *line = NULL;
        if (module != NULL && row->kind == MODULE_ROW) {
            line = Py_BuildValue("(OKK)", module, row->objects, row->bytes);
        }
        else if (module != NULL) {
            PyObject *name = read_text(text + row->module_bytes, row->name_bytes);
            if (name != NULL) {
                line = Py_BuildValue("(OOKKKKKK)", module, name, row->objects, row->bytes, row->owned_objects,
                                     row->owned_bytes, row->loose_objects, row->loose_bytes);
                Py_DECREF(name);
            }
        }
        Py_XDECREF(module);
        if (line == NULL || PyList_Append(row->kind == MODULE_ROW ? modules : types, line) < 0) {
            Py_XDECREF(line);
            Py_CLEAR(types);
            break;
        }
        Py_DECREF(line);
        at += (sizeof(Row) + row->module_bytes + row->name_bytes + 7) & ~(uint64_t)7;
    }
    PyObject *whole = types == NULL || modules == NULL
                          ? NULL
                          : Py_BuildValue("(KOO)", (unsigned long long)answer->tracked, types, modules);
    Py_XDECREF(types);
    Py_XDECREF(modules);
    return whole;
}

/* ---- The copy ---------------------------------------------------------------------------------------------------- */

/* What became of a census. */
typedef enum { OK, NO_MEMORY, CLONE_FAILED, DIED, DEADLINE } Outcome;

typedef struct {
    Outcome outcome;
    int detail; /* errno, or the signal that ended the copy */
    double pause_seconds, cpu_seconds;
} Course;

static double
now_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#ifdef __linux__

static void
close_descriptors(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0, ~0U, 0) == 0) {
        return;
    }
#endif
    struct rlimit limit; /* a kernel before 5.9 */
    rlim_t end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1048576 ? limit.rlim_cur : 1048576;
    for (rlim_t descriptor = 0; descriptor < end; descriptor++) {
        close((int)descriptor);
    }
}

/* Where Python allocates in the copy: size methods answer with numbers, made and gone one after the other. malloc, and
   what stands before it (debugging, tracemalloc), may have been locked by another thread when the copy was made. */
typedef struct {
    size_t used, unused; /* so that what follows lies at a multiple of 16 */
    char memory[65536 - 16];
} CopyHeap;

#define BLOCK_HEAD 16 /* holds how much the block takes */

static void *
copy_malloc(void *context, size_t bytes)
{
    CopyHeap *heap = context;
    size_t taken = BLOCK_HEAD + ((bytes + 15) & ~(size_t)15);
    if (bytes >= sizeof heap->memory || taken > sizeof heap->memory - heap->used) {
        return NULL;
    }
    char *block = heap->memory + heap->used;
    memcpy(block, &taken, sizeof taken);
    heap->used += taken;
    return block + BLOCK_HEAD;
}

static void *
copy_calloc(void *context, size_t count, size_t bytes)
{
    if (bytes != 0 && count > sizeof(CopyHeap) / bytes) {
        return NULL;
    }
    void *memory = copy_malloc(context, count * bytes);
    return memory == NULL ? NULL : memset(memory, 0, count * bytes);
}

static void
copy_free(void *context, void *memory)
{
    CopyHeap *heap = context;
    size_t offset = (size_t)((uintptr_t)memory - (uintptr_t)heap->memory);
    if (offset < BLOCK_HEAD || offset >= heap->used) {
        return; /* of before the copy was made */
    }
    size_t taken;
    memcpy(&taken, (char *)memory - BLOCK_HEAD, sizeof taken);
    if (offset - BLOCK_HEAD + taken == heap->used) {
        heap->used -= taken;
    }
}

static void *
copy_realloc(void *context, void *memory, size_t bytes)
{
    return memory == NULL ? copy_malloc(context, bytes) : NULL;
}

static int
allocate_in_copy(void)
{
    CopyHeap *heap = map_pages(sizeof *heap, MAP_PRIVATE);
    PyMemAllocatorEx allocator = {heap, copy_malloc, copy_calloc, copy_realloc, copy_free};
    if (heap != NULL) {
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &allocator);
        PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &allocator);
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &allocator);
    }
    return heap != NULL;
}

/* All that the copy ever does. It has one thread, every signal blocked, and the name that it is known by. */
static void
be_the_copy(const Question *question, Answer *answer, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        syscall(SYS_exit_group, 1);
    }
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0 && write(score, "1000", 4) < 0) {
        /* then it is merely less polite */
    }
    prctl(PR_SET_DUMPABLE, 0); /* no core file of the bot's memory */
    close_descriptors();
    PyGC_Disable();
    Census *census = map_pages(sizeof *census, MAP_PRIVATE);
    if (census != NULL && allocate_in_copy()) {
        take_census(census, question);
        write_answer(census, answer);
    }
    syscall(SYS_exit_group, 0);
}

/* Copy the process. The caller holds the GIL, so that the heap of the copy is in order. */
static pid_t
clone_process(const Question *question, Answer *answer, Course *course)
{
    /* A handler of the bot's would run in the copy otherwise. Its name comes from the thread that makes it: named any
       later, it would be taken for a child of the bot's. */
    sigset_t all, before;
    char name[16] = "";
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    prctl(PR_GET_NAME, name);
    prctl(PR_SET_NAME, "botvitals-census");
    double began = now_seconds();
    /* No exit signal: its end raises no SIGCHLD, and no waitpid(-1) of the bot's meets it. No handlers of
       pthread_atfork or of Python's run. */
    pid_t pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        be_the_copy(question, answer, parent);
    }
    course->detail = errno;
    course->pause_seconds = now_seconds() - began;
    prctl(PR_SET_NAME, name);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* Return the processor that the main thread runs on, or ran on last; -1 where the kernel does not tell. */
static int
processor_of_main_thread(void)
{
    char line[1024];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    ssize_t bytes = read(file, line, sizeof line - 1);
    close(file);
    line[bytes > 0 ? bytes : 0] = 0;
    char *field = strrchr(line, ')'); /* ends the second one; the name before it may hold anything */
    for (int number = 2; field != NULL && number < 39; number++) {
        field = strchr(field + 1, ' ');
    }
    return field == NULL ? -1 : atoi(field);
}

/* Keep the copy off the processor that the bot's main thread is on: the scheduler was seen to keep both on one for most of a
   count while another was idle (Linux 6.18, two processors), and to move the main thread onto the copy's. `kept_off` is
   where it was kept off before, `allowed` where it may run at all. */
static int
keep_off_the_bot(pid_t copy, int kept_off, const cpu_set_t *allowed)
{
    int processor = processor_of_main_thread();
    if (processor >= 0 && processor != kept_off) {
        cpu_set_t left = *allowed;
        CPU_CLR((size_t)processor, &left);
        if (CPU_COUNT(&left) > 0) {
            sched_setaffinity(copy, sizeof left, &left);
        }
    }
    return processor;
}

/* Wait until the copy has ended or the deadline has come, and reap it, by its own pid. */
static void
wait_for(pid_t pid, double ends, const Answer *answer, Course *course)
{
    struct timespec nap = {0, 200 * 1000};
    int status, flags = WNOHANG;
    struct rusage usage;
    cpu_set_t allowed;
    int is_movable = sched_getaffinity(0, sizeof allowed, &allowed) == 0, kept_off = -1;
    for (;;) {
        kept_off = is_movable ? keep_off_the_bot(pid, kept_off, &allowed) : -1;
        pid_t ended = wait4(pid, &status, __WCLONE | flags, &usage);
        if (ended == pid) {
            break;
        }
        if (ended < 0 && errno != EINTR) {
            /* Somebody of the bot's who asks for clones, too, was first: only the answer tells how it ended. */
            course->outcome = course->outcome == OK && !answer->is_whole ? DIED : course->outcome;
            return;
        }
        if (ended == 0) {
            if (now_seconds() >= ends) {
                course->outcome = DEADLINE;
                kill(pid, SIGKILL);
                flags = 0;
                continue;
            }
            nanosleep(&nap, NULL);
            nap.tv_nsec += nap.tv_nsec < 4000 * 1000 ? nap.tv_nsec / 8 : 0;
        }
    }
    course->cpu_seconds = course->pause_seconds + (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    if (course->outcome != DEADLINE && WIFSIGNALED(status)) {
        course->outcome = DIED;
        course->detail = WTERMSIG(status);
    }
}

#endif

/* Run by the main thread between two of its instructions: stand back for a moment, so that the thread which asked for it
   gets the GIL. An event loop that never rests lets go of the GIL at each turn and takes it again before another thread is
   awake; one that waits gets it after tens of milliseconds, and each turn that wakes it in vain costs the loop as much
   again as its own work. */
static int wants_the_gil, is_asked_to_stand_back;

static int
stand_back(void *Py_UNUSED(argument))
{
    __atomic_store_n(&is_asked_to_stand_back, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&wants_the_gil, __ATOMIC_SEQ_CST) > 0) {
        struct timespec moment = {0, 50 * 1000};
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&moment, NULL);
        Py_END_ALLOW_THREADS
    }
    return 0;
}

/* Ask the main thread for that, unless it was asked and has not come to it yet, or Python ends. */
static void
ask_to_stand_back(void)
{
    if (Py_IsInitialized() && !__atomic_exchange_n(&is_asked_to_stand_back, 1, __ATOMIC_SEQ_CST) &&
        Py_AddPendingCall(stand_back, NULL) < 0) {
        __atomic_store_n(&is_asked_to_stand_back, 0, __ATOMIC_SEQ_CST);
    }
}

/* ---- What Python sees -------------------------------------------------------------------------------------------- */

static PyObject *module_names[3]; /* "__sizeof__", "__module__", "__name__", interned */

static Lists *
known_lists(void)
{
    Lists *lists = find_lists();
    if (lists == NULL) {
        PyErr_SetString(PyExc_NotImplementedError, "this interpreter's lists of objects are not where they were");
    }
    return lists;
}

static int
ask(Question *question, PyObject *libraries, PyObject *wants_owners, PyObject *not_followed)
{
    *question = (Question){.not_followed = not_followed, .wants_owners = wants_owners == Py_True};
    question->name_sizeof = module_names[0];
    question->name_module = module_names[1];
    question->name_name = module_names[2];
    char *text;
    if (PyBytes_AsStringAndSize(libraries, &text, &question->libraries_bytes) < 0) {
        return -1;
    }
    question->libraries = text;
    PyObject *method = own_attribute(&PyBaseObject_Type, question->name_sizeof);
    question->object_size_method = method_written_in_c(&PyBaseObject_Type, method);
    question->lists = known_lists();
    question->order = known_order();
    return question->lists == NULL || question->object_size_method == NULL ? -1 : 0;
}

static int
has_arguments(Py_ssize_t given, Py_ssize_t wanted)
{
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments given, %zd wanted", given, wanted);
    }
    return given == wanted;
}

PyDoc_STRVAR(count_doc, "count(libraries, owners, not_followed, /)\n--\n\n\
Count the heap in this process, with the GIL held, and return (tracked, types, modules).\n\n\
`libraries` are the names of the standard library's modules, each ended by a zero byte; `owners` is True where who owns\n\
what is asked for. What the object `not_followed` refers to is not looked at. Raises MemoryError, and NotImplementedError where the interpreter is\n\
not one that this core knows.");

static PyObject *
count(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t given)
{
    Question question;
    if (!has_arguments(given, 3) || ask(&question, arguments[0], arguments[1], arguments[2]) < 0) {
        return NULL;
    }
    Answer *answer = map_pages(ANSWER_BYTES, MAP_PRIVATE);
    Census *census = map_pages(sizeof *census, MAP_PRIVATE);
    int is_whole = 0;
    if (answer != NULL && census != NULL) {
        /* A collection would move the lists that are being walked. */
        int was_enabled = PyGC_Disable();
        take_census(census, &question);
        write_answer(census, answer);
        is_whole = answer->is_whole != 0;
        if (was_enabled) {
            PyGC_Enable();
        }
    }
    if (census != NULL) {
        free_census(census);
    }
    PyObject *result = is_whole ? read_answer(answer) : PyErr_NoMemory();
    if (answer != NULL) {
        munmap(answer, ANSWER_BYTES);
    }
    return result;
}

#ifdef __linux__

PyDoc_STRVAR(count_in_clone_doc, "count_in_clone(libraries, owners, not_followed, deadline_seconds, /)\n--\n\n\
Count the heap in a copy of this process, as `count` does, and wait for it with the GIL released.\n\n\
Return (outcome, detail, pause_seconds, cpu_seconds, answer). `outcome` is 'ok', 'no_memory', 'clone_failed' (`detail`\n\
is the errno), 'died' (the signal) or 'deadline'; `answer` is None unless it is 'ok'. `pause_seconds` is how long the\n\
clone call took, `cpu_seconds` what it and the copy took of the processor.");

static PyObject *
count_in_clone(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t given)
{
    static const char *outcomes[] = {"ok", "no_memory", "clone_failed", "died", "deadline"};
    Question question;
    if (!has_arguments(given, 4)) {
        return NULL;
    }
    double deadline_seconds = PyFloat_AsDouble(arguments[3]);
    if (PyErr_Occurred() || ask(&question, arguments[0], arguments[1], arguments[2]) < 0) {
        return NULL;
    }
    Course course = {.outcome = OK};
    Answer *answer = map_pages(ANSWER_BYTES, MAP_SHARED);
    if (answer == NULL) {
        return Py_BuildValue("(siddO)", outcomes[NO_MEMORY], 0, 0.0, 0.0, Py_None);
    }
    double ends = now_seconds() + deadline_seconds;
    pid_t pid = clone_process(&question, answer, &course);
    if (pid < 0) {
        course.outcome = CLONE_FAILED;
    }
    else {
        course.detail = 0;
        Py_BEGIN_ALLOW_THREADS
        wait_for(pid, ends, answer, &course);
        __atomic_add_fetch(&wants_the_gil, 1, __ATOMIC_SEQ_CST);
        ask_to_stand_back();
        Py_END_ALLOW_THREADS
        __atomic_sub_fetch(&wants_the_gil, 1, __ATOMIC_SEQ_CST);
        if (course.outcome == OK && !answer->is_whole) {
            course.outcome = NO_MEMORY;
        }
    }
    PyObject *counted = course.outcome == OK ? read_answer(answer) : Py_NewRef(Py_None);
    munmap(answer, ANSWER_BYTES);
    if (counted == NULL) {
        return NULL;
    }
    return Py_BuildValue("(siddN)", outcomes[course.outcome], course.detail, course.pause_seconds,
                         course.cpu_seconds, counted);
}

#endif

typedef struct {
    Py_ssize_t seen, limit;
} Enough;

static int
count_until_enough(PyObject *Py_UNUSED(object), void *argument)
{
    Enough *enough = argument;
    return ++enough->seen >= enough->limit;
}

PyDoc_STRVAR(tracked_up_to_doc, "tracked_up_to(limit, /)\n--\n\n\
Return how many objects the collector tracks, or `limit` where there are as many or more.\n\n\
Raises NotImplementedError where the interpreter is not one that this core knows.");

static PyObject *
tracked_up_to(PyObject *Py_UNUSED(module), PyObject *argument)
{
    Enough enough = {0, PyLong_AsSsize_t(argument)};
    Lists *lists = enough.limit == -1 && PyErr_Occurred() ? NULL : known_lists();
    if (lists == NULL) {
        return NULL;
    }
    visit_tracked(lists, NULL, count_until_enough, &enough);
    return PyLong_FromSsize_t(enough.seen);
}

/* Without a tuple of arguments, which would be counted. */
#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL

static PyMethodDef functions[] = {
    {"count", FAST(count), count_doc},
#ifdef __linux__
    {"count_in_clone", FAST(count_in_clone), count_in_clone_doc},
#endif
    {"tracked_up_to", tracked_up_to, METH_O, tracked_up_to_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "Counts every object of the interpreter, in this process or in a copy of it.",
    .m_size = -1,
    .m_methods = functions,
};

/* Ask this version how it measures a static type. */
static int
learn_before_all(void)
{
    PyObject *getsizeof = PySys_GetObject("getsizeof"), *type = (PyObject *)&PyLong_Type;
    PyObject *whole = getsizeof == NULL ? NULL : PyObject_CallOneArg(getsizeof, type);
    PyObject *own = whole == NULL ? NULL : PyObject_CallMethod((PyObject *)&PyType_Type, "__sizeof__", "O", type);
    int is_known = own != NULL;
    is_before_all = is_known && PyObject_RichCompareBool(whole, own, Py_EQ) == 0;
    Py_XDECREF(whole);
    Py_XDECREF(own);
    return is_known ? 0 : -1;
}

PyMODINIT_FUNC
PyInit__native(void)
{
    static const char *names[] = {"__sizeof__", "__module__", "__name__"};
    for (int at = 0; at < 3; at++) {
        module_names[at] = PyUnicode_InternFromString(names[at]);
        if (module_names[at] == NULL) {
            return NULL;
        }
    }
    return learn_before_all() < 0 ? NULL : PyModule_Create(&definition);
}
