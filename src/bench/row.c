/* bench/row.c – a measured figure as a JSON object, with all that another reader needs to judge it.
 */
#include "bench/bench.h"

#include <jansson.h>
#include <math.h>

json_t *rmf_bench_facts(const char *const *names, const int64_t *values, int count)
{
    json_t *facts = json_object();
    for (int i = 0; i < count; i++)
        json_object_set_new(facts, names[i], json_integer(values[i]));
    return facts;
}

static double milliseconds(double seconds)
{
    return 1e3 * seconds;
}

static void add_times(json_t *row, const rmf_bench_row *r)
{
    const rmf_bench_times *t = r->times;
    json_object_set_new(row, "runs", json_integer(t->runs));
    json_object_set_new(row, "median_ms", json_real(milliseconds(t->median)));
    json_object_set_new(row, "best_ms", json_real(milliseconds(t->best)));
    json_object_set_new(row, "p25_ms", json_real(milliseconds(t->p25)));
    json_object_set_new(row, "p75_ms", json_real(milliseconds(t->p75)));
    if (!r->unit || !(t->median > 0)) return;
    char unit[32];
    snprintf(unit, sizeof unit, "%s/s", r->unit);
    json_object_set_new(row, "rate", json_real(r->amount / t->median));
    json_object_set_new(row, "unit", json_string(unit));
}

static void add_machine(json_t *row, const rmf_bench *b)
{
    json_object_set_new(row, "device", json_string(b->device->ops->name));
    json_object_set_new(row, "threads", json_integer(rmf_threads()));
    json_object_set_new(row, "processor", json_string(b->processor));
    json_object_set_new(row, "instructions", json_string(b->instructions));
    if (!json_object_get(row, "precision"))
        json_object_set_new(row, "precision", json_string("f32"));
}

void rmf_bench_put_precision(const rmf_bench *b, json_t *facts)
{
    const bool bf16 = b->device->type == RMF_BF16;
    json_object_set_new(facts, "precision", json_string(bf16 ? "bf16" : "f32"));
}

rmf_status rmf_bench_put_json(rmf_bench *b, json_t *row)
{
    if (!row || json_array_append_new(b->rows, row) != 0)
        return rmf_fail(RMF_ERR_MEMORY, "bench: out of memory");
    return b->sink->put(b->sink->context, row);
}

rmf_status rmf_bench_put(rmf_bench *b, const rmf_bench_row *r)
{
    json_t *row = json_object();
    json_object_set_new(row, "bench", json_string(r->bench));
    json_object_set_new(row, "name", json_string(r->name));
    if (r->facts) json_object_update(row, r->facts);
    json_decref(r->facts);
    add_machine(row, b);
    if (r->times) add_times(row, r);
    if (r->compared) /* JSON knows no infinity: null says that the results are no numbers */
        json_object_set_new(row, "error", isfinite(r->error) ? json_real(r->error) : json_null());
    if (r->compared && r->error_rows > 0)
        json_object_set_new(row, "error_rows", json_integer(r->error_rows));
    return rmf_bench_put_json(b, row);
}

double rmf_bench_error(const float *a, const float *b, int64_t count)
{
    double difference = 0, largest = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i])) return INFINITY;
        difference = fmax(difference, fabs((double)a[i] - b[i]));
        largest = fmax(largest, fabs((double)b[i]));
    }
    if (difference == 0) return 0;
    return largest > 0 ? difference / largest : INFINITY;
}
