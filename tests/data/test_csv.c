/** tests/data/test_csv.c – headers, label columns, quoting and damage of delimited text. */
#include "support.h"

#include "data/csv.h"

static rmf_status parse(const char *text, const rmf_csv_options *options, rmf_dataset *out)
{
    return rmf_csv_parse(text, strlen(text), "t.csv", options, out);
}

typedef struct layout_case {
    const char *name, *text;
    rmf_csv_options options;
    int n, features, classes;
    const char *first_class; /* of object 0 */
    float first_value;       /* of object 0 */
    const char *first_name;  /* feature_name[0] or NULL */
} layout_case;

static const layout_case layouts[] = {
    {"no header", "1,2,0\n3,4,1\n", {0}, 2, 2, 2, "0", 1, NULL},
    {"header", "a,b,class\n1,2,0\n3,4,1\n", {0}, 2, 2, 2, "0", 1, "a"},
    {"no newline at the end", "1,2,0\n3,4,1", {0}, 2, 2, 2, "0", 1, NULL},
    {"CR LF, empty lines, byte order mark",
     "\xEF\xBB\xBF\r\n1,2,x\r\n\r\n3,4,y\r\n",
     {0},
     2,
     2,
     2,
     "x",
     1,
     NULL},
    {"text label first", "T,2,8\nI,5,12\nT,1,1\n", {0}, 3, 2, 2, "T", 2, NULL},
    {"numbered header over a text label",
     "Letter,1,2,3\nT,2,8,3\nI,5,12,3\n",
     {0},
     2,
     3,
     2,
     "T",
     2,
     "1"},
    {"pandas header", "0,1,2\n5,6,7\n8,9,7\n", {0}, 2, 2, 1, "7", 5, "0"},
    {"numbers that only look like a header", "0,1,2\n5,6,2\n", {0}, 2, 2, 1, "2", 0, NULL},
    {"label column by number", "0,5,9\n1,6,9\n", {.label = "1"}, 2, 2, 2, "0", 5, NULL},
    {"label column by name", "x,kind,y\n1,0,2\n", {.label = "kind"}, 1, 2, 1, "0", 1, "x"},
    {"label column named label", "label,x,y\n1,0,2\n", {0}, 1, 2, 1, "1", 0, "x"},
    {"first", "4,1,2\n", {.label = "first"}, 1, 2, 1, "4", 1, NULL},
    {"last", "T,1,2\n", {.label = "last", .header = "yes"}, 0, 0, 0, NULL, 0, NULL},
    {"header forced", "1,2,3\n4,5,6\n", {.header = "yes"}, 1, 2, 1, "6", 4, "1"},
    {"header denied", "0,1,2\n5,6,7\n", {.header = "no"}, 2, 2, 2, "2", 0, NULL},
    {"counted header", "3,2,rose,iris\n1,2,0\n3,4,1\n5,6,0\n", {0}, 3, 2, 2, "rose", 1, NULL},
    {"counted header, as wide as the lines",
     "2,3,a,b\n1,2,3,0\n4,5,6,1\n",
     {0},
     2,
     3,
     2,
     "a",
     1,
     NULL},
    {"semicolon", "1;2,5;a\n", {.delimiter = ';'}, 0, 0, 0, NULL, 0, NULL},
    {"semicolon found", "1.5;2;a\n2;3;b\n", {0}, 2, 2, 2, "a", 1.5f, NULL},
    {"tab found", "1.5\t2\ta b\n", {0}, 1, 2, 1, "a b", 1.5f, NULL},
    {"bar given", "1|2|a\n", {.delimiter = '|'}, 1, 2, 1, "a", 1, NULL},
    {"quotes", "\"1\" , 2,\"a, \"\"b\"\"\nc\"\n3,4,\"d\"\n", {0}, 2, 2, 2, "a, \"b\"\nc", 1, NULL},
    {"exponents and signs", "-1.5e-1,+2,a\n", {0}, 1, 2, 1, "a", -0.15f, NULL},
    {"whole labels as fractions", "5,2,3.0\n1,2,3\n", {0}, 2, 2, 1, "3", 5, NULL},
    {"one object of a class", "1,2,a\n1,2,a\n1,2,b\n", {0}, 3, 2, 2, "a", 1, NULL},
};

static void test_layouts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(layouts); i++) {
        const layout_case *c = &layouts[i];
        rmf_dataset data = {0};
        rmf_status status = parse(c->text, &c->options, &data);
        if (c->n == 0) {
            if (status != RMF_ERR_FORMAT) fail_msg("%s: accepted", c->name);
            assert_null(data.x);
            continue;
        }
        if (status != RMF_OK) fail_msg("%s: %s", c->name, rmf_message());
        if (data.n != c->n || data.features != c->features || data.n_classes != c->classes)
            fail_msg("%s: %d objects, %d features, %d classes", c->name, (int)data.n,
                     (int)data.features, data.n_classes);
        if (strcmp(data.class_name[data.label[0]], c->first_class) != 0)
            fail_msg("%s: class %s", c->name, data.class_name[data.label[0]]);
        if (data.x[0] != c->first_value) fail_msg("%s: value %g", c->name, (double)data.x[0]);
        if ((c->first_name == NULL) != (data.feature_name == NULL) ||
            (c->first_name != NULL && strcmp(c->first_name, data.feature_name[0]) != 0))
            fail_msg("%s: feature name", c->name);
        rmf_dataset_free(&data);
    }
}

typedef struct damage_case {
    const char *text;
    rmf_csv_options options;
    rmf_status status;
    const char *message;
} damage_case;

static const damage_case damaged[] = {
    {"", {0}, RMF_ERR_FORMAT, "t.csv: empty"},
    {"\n\n\n", {0}, RMF_ERR_FORMAT, "t.csv: empty"},
    {"a,b,class\n", {0}, RMF_ERR_FORMAT, "only a line of names"},
    {"1\n2\n", {0}, RMF_ERR_FORMAT, "1 field a line"},
    {"1,2,a\n1,2\n", {0}, RMF_ERR_FORMAT, "t.csv:1: 3 fields, but 2 in the next line"},
    {"1,2,a\n1,2,b\n1,2,3,b\n", {0}, RMF_ERR_FORMAT, "t.csv:3: 4 fields; expected 3"},
    {"1,2,a\n1,2,b\n\n1,2\n", {0}, RMF_ERR_FORMAT, "t.csv:4: 2 fields; expected 3"},
    {"h,w,l\n1,,a\n", {0}, RMF_ERR_FORMAT, "t.csv:2: column 2 (w) is \"\"; expected a number"},
    {"1,NaN,a\n1,2,b\n", {0}, RMF_ERR_FORMAT, "t.csv:1: column 2 is \"NaN\""},
    {"1,2,a\n1,2,b\n-inf,2,b\n", {0}, RMF_ERR_FORMAT, "t.csv:3: column 1 is \"-inf\""},
    {"1,2,0\nNA,2,0\n1,2,1\n", {0}, RMF_ERR_FORMAT, "t.csv:2: column 1 is \"NA\""},
    {"1,1e39,a\n", {0}, RMF_ERR_FORMAT, "32-bit float"},
    {"1,1e999,a\n", {0}, RMF_ERR_FORMAT, "32-bit float"},
    {"1,2,a\n0x10,2,b\n", {.label = "3"}, RMF_ERR_FORMAT, "t.csv:2: column 1 is \"0x10\""},
    {"1,2,a\n1,2,\n",
     {.label = "3"},
     RMF_ERR_FORMAT,
     "t.csv:2: column 3 is \"\"; expected the label"},
    {"1,2,\"a\n1,2,b\n", {0}, RMF_ERR_FORMAT, "t.csv:1: a quote is never closed"},
    {"1,2,\"a\"b\n", {0}, RMF_ERR_FORMAT, "t.csv:1: 'b' follows a closing quote"},
    {"1,2,a\n1,2,b\"c\n", {0}, RMF_ERR_FORMAT, "t.csv:2: a quote inside a field"},
    {"x,height,l\n1,2,3\n", {.label = "hight"}, RMF_ERR_USAGE, "there is \"height\""},
    {"x,y,l\n1,2,3\n", {.label = "4"}, RMF_ERR_USAGE, "a number from 1 to 3"},
    {"x,y,l\n1,2,3\n", {.label = "0"}, RMF_ERR_USAGE, "a number from 1 to 3"},
    {"x,y,l\n1,2,3\n", {.label = "x", .header = "no"}, RMF_ERR_USAGE, "data.header is no"},
    {"2,2,a,b\n1,2,0\n3,4,7\n", {0}, RMF_ERR_FORMAT, "label \"7\"; expected a number from 0 to 1"},
};

static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(damaged); i++) {
        rmf_dataset data = {0};
        rmf_status status = parse(damaged[i].text, &damaged[i].options, &data);
        assert_refused(status, damaged[i].status, damaged[i].message);
        assert_null(data.x);
    }
}

static void test_zero_byte(void **state)
{
    (void)state;
    static const char inside[] = "1,2,a\n1,\0,b\n", quoted[] = "1,2,a\n1,2,\"\0\"\n";
    const rmf_csv_options options = {0};
    rmf_dataset data = {0};
    assert_refused(rmf_csv_parse(inside, sizeof inside - 1, "t.csv", &options, &data),
                   RMF_ERR_FORMAT, "t.csv:2: a zero byte inside a field");
    assert_refused(rmf_csv_parse(quoted, sizeof quoted - 1, "t.csv", &options, &data),
                   RMF_ERR_FORMAT, "t.csv:2: a quote is never closed");
}

/** Every prefix and every changed byte of a good table is read or refused, without a crash. */
static void test_every_cut(void **state)
{
    (void)state;
    const char good[] = "x,\"y\",l\n1,2.5e1,\"a\"\"b\"\r\n-3,4,c\n";
    const rmf_csv_options options = {0};
    for (size_t i = 0; i < 2 * sizeof good; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof text);
        size_t size = i < sizeof good ? i : sizeof good - 1;
        if (i >= sizeof good) text[i - sizeof good] ^= 0x15;
        text[size] = '\0';
        rmf_dataset data = {0};
        if (rmf_csv_parse(text, size, "t.csv", &options, &data) == RMF_OK) {
            assert_true(data.n > 0 && data.features > 0 && data.n_classes > 0);
            rmf_dataset_free(&data);
        } else {
            assert_null(data.x);
            assert_memory_equal(rmf_message(), "t.csv", 5);
        }
    }
}

static void test_class_order(void **state)
{
    (void)state;
    const rmf_csv_options options = {0};
    rmf_dataset data = {0};
    assert_int_equal(parse("1,1,10\n2,2,9\n3,3,-1\n4,4,10\n", &options, &data), RMF_OK);
    assert_string_equal(data.class_name[0], "-1");
    assert_string_equal(data.class_name[1], "9");
    assert_string_equal(data.class_name[2], "10");
    assert_int_equal(data.label[0], 2);
    assert_int_equal(data.label[2], 0);
    rmf_dataset_free(&data);
    assert_int_equal(parse("1,1,10\n2,2,9\n3,3,b\n4,4,a\n", &options, &data), RMF_OK);
    assert_string_equal(data.class_name[0], "10");
    assert_string_equal(data.class_name[1], "9");
    assert_string_equal(data.class_name[2], "a");
    rmf_dataset_free(&data);
}

static void test_many_classes(void **state)
{
    (void)state;
    char *text = malloc(40 * 5000), *at = text;
    for (int i = 0; i < 5000; i++)
        at += sprintf(at, "%d,0,class%04d\n", i, 4999 - i % 2500);
    const rmf_csv_options options = {0};
    rmf_dataset data = {0};
    assert_int_equal(parse(text, &options, &data), RMF_OK);
    assert_int_equal(data.n_classes, 2500);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(data.label[i], 2499 - i % 2500);
    rmf_dataset_free(&data);
    free(text);
}

static void test_options(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    put_text("t.csv", "1:2:a\n3:4:b\n");
    assert_int_equal(open_with(&data, "data.path", "t.csv", "data.delimiter", ":", NULL), RMF_OK);
    assert_int_equal(data.features, 2);
    rmf_dataset_free(&data);
    static const char *const unfit[] = {"ab", "", "1", ".", "e", "\"", " ", "\xC3"};
    for (size_t i = 0; i < COUNT(unfit); i++)
        assert_refused(open_with(&data, "data.path", "t.csv", "data.delimiter", unfit[i], NULL),
                       RMF_ERR_USAGE, "test:1: data.delimiter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),     cmocka_unit_test(test_damage),
        cmocka_unit_test(test_zero_byte),   cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_class_order), cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
