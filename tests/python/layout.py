"""Prints a C program that compiles only if every structure is as ramify/_headers.py reads it."""

import ctypes

from ramify._library import constants, structs

print("#include <ramify/ramify.h>\n#include <stddef.h>")
for name, struct in structs.items():
    for field, _ in getattr(struct, "_fields_", ()):
        print(f'_Static_assert(offsetof(struct {name}, {field}) == {getattr(struct, field).offset}, "{name}.{field}");')
    if hasattr(struct, "_fields_"):
        print(f'_Static_assert(sizeof(struct {name}) == {ctypes.sizeof(struct)}, "{name}");')
for name, value in constants.items():
    print(f'_Static_assert({name} == {value}, "{name}");')
