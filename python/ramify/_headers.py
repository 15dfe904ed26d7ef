"""The types and functions of the public headers, for ctypes.

They are read from the headers themselves, so that there is no second list which could fall behind: structs
become ctypes structures, enumerators and numbers constants, functions their argument and result types.  The
headers are written in a plain style (C17 without unions, bit fields and macros that make declarations), and that is all
this reads; the test python.layout compares every structure with what a C compiler makes of it.
"""

import ctypes
import pathlib
import re

SIMPLE = {
    "void": None, "bool": ctypes.c_bool, "char": ctypes.c_char, "int": ctypes.c_int,
    "float": ctypes.c_float, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
    "uint8_t": ctypes.c_uint8, "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64,
}
WORDS = re.compile(r"\b(RMF_API|RMF_CHECKED|extern)\b|\bRMF_PRINTF\([^)]*\)")
CPLUSPLUS = re.compile(r"^#ifdef __cplusplus$.*?^#endif$", re.S | re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*$", re.M)


def find_folder():
    """The installed package carries the headers; a checkout has them beside it."""
    package = pathlib.Path(__file__).resolve().parent
    for folder in (package / "include", package.parent.parent / "include" / "ramify"):
        if (folder / "core.h").is_file():
            return folder
    raise ImportError(f"{package}: no headers; expected them in its folder include: install the package again")


class Headers:
    """structs: name → class; constants: name → int; functions: name → (result, [argument] or None)."""

    def __init__(self, folder):
        self.structs, self.constants, self.functions = {}, {}, {}
        self._members, self._enums = {}, set()
        text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.h")))
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        self.statuses = re.findall(r'\bX\((\w+), *\\?\s*"', text)
        for name, value in re.findall(r"^#define (\w+) (\d+)$", text, re.M):
            self.constants[name] = int(value)
        text = DIRECTIVE.sub("", CPLUSPLUS.sub("", text))
        declarations = list(_split(WORDS.sub("", text)))
        for declaration in declarations:
            self._types(declaration)
        for name in self._members:
            self._complete(name)
        for declaration in declarations:
            self._function(declaration)

    def _types(self, text):
        found = re.fullmatch(r"(?:typedef )?(struct|enum) ?(\w+)? ?\{(.*)\} ?(\w*)", text)
        if not found:
            opaque = re.fullmatch(r"typedef struct (\w+) \w+", text)
            if opaque:
                self.structs.setdefault(opaque[1], type(opaque[1], (ctypes.Structure,), {}))
            return
        kind, name, body = found[1], found[2] or found[4], found[3]
        if kind == "enum":
            self._enums.add(name)
            self._enumerators(body)
            return
        self.structs.setdefault(name, type(name, (ctypes.Structure,), {}))
        self._members[name] = body

    def _enumerators(self, body):
        value = 0
        for item in filter(None, map(str.strip, body.split(","))):
            name, _, given = map(str.strip, item.partition("="))
            if "(" in name:  # the list of statuses, which is a macro
                for number, status in enumerate(self.statuses):
                    self.constants[f"RMF_{status}"] = number
                continue
            value = int(given, 0) if given else value
            self.constants[name] = value
            value += 1

    def _complete(self, name):
        """Sets a structure's fields, those of structures within it first."""
        struct = self.structs[name]
        if name not in self._members or hasattr(struct, "_fields_"):
            return
        struct._fields_ = self._body(self._members[name])

    def _body(self, text):
        return [field for member in _split(text) for field in self._fields(member)]

    def _fields(self, member):
        nested = re.fullmatch(r"struct ?\{(.*)\} ?(.*)", member)
        if nested:  # one without a name of its own
            base = type("nested", (ctypes.Structure,), {"_fields_": self._body(nested[1])})
            return [self._declarator(base, item) for item in nested[2].split(",")]
        pointer = re.search(r"\(\*(\w+)\)", member)
        if pointer:
            return [(pointer[1], ctypes.c_void_p)]
        base, rest = _base(member)
        return [self._declarator(base, item) for item in rest.split(",")]

    def _declarator(self, base, text):
        """("name", type) of "*name", "name[3]" …"""
        found = re.fullmatch(r"((?:\*|const|\s)*)(\w*)((?:\s*\[[^]]*\])*)", text.strip())
        made = self._type(base, found[1].count("*"))
        for size in reversed(re.findall(r"\[([^]]*)\]", found[3])):
            made = made * sum(self._number(part.strip()) for part in size.split("+"))
        return found[2], made

    def _number(self, text):
        return int(text) if text.isdigit() else self.constants[text]

    def _type(self, base, stars):
        if not isinstance(base, str):
            return ctypes.c_void_p if stars else base
        if stars == 1 and base == "char":
            return ctypes.c_char_p
        if stars:
            return ctypes.c_void_p
        if base in SIMPLE:
            return SIMPLE[base]
        if base in self._enums:
            return ctypes.c_int
        self._complete(base)
        return self.structs[base]

    def _function(self, text):
        found = re.fullmatch(r"([\w\s*]*?[\s*])(\w+) ?\((.*)\)", text)
        if not found or text.startswith("typedef") or "{" in text:
            return
        base, stars = _base(found[1])
        result = None if base == "void" and not stars.count("*") else self._type(base, stars.count("*"))
        arguments = [] if found[3].strip() in ("", "void") else _commas(found[3])
        types = None if "..." in arguments else [self._argument(a) for a in arguments]
        self.functions[found[2]] = (result, types, base == "rmf_status" and not stars.count("*"))

    def _argument(self, text):
        if "(*" in text or "[" in text:
            return ctypes.c_void_p
        base, rest = _base(text)
        return self._declarator(base, rest)[1]


def _base(text):
    """("type", rest) of "const struct type *const *name"."""
    found = re.match(r"(?:(?:const|struct|enum)\s+)*(\w+)\b\s*(.*)", text.strip(), re.S)
    return found[1], found[2]


def _commas(text):
    """Splits at commas outside of parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _split(text):
    """Declarations, each on one line, without its semicolon."""
    depth, start = 0, 0
    for i, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if letter == ";" and depth == 0:
            yield " ".join(text[start:i].split())
            start = i + 1
