/* tests/net/net_case.h – networks for tests: small ones of every kind, with parameters and inputs
 * that depend on name and index only (as in tools/golden/net.py). */
#ifndef NET_CASE_H
#define NET_CASE_H

#include "ramify/net.h"

typedef struct net_case {
    const char *name;
    const char *settings; /* "net.name=unet;net.widths=8,12" */
    int rank;
    int64_t shape[3], rows, bank_rows;
    int32_t used[8]; /* bank row of each batch row, in order */
} net_case;

/** Small networks that reach every option; ended by a NULL name. */
extern const net_case small_cases[];

typedef struct fixture {
    rmf_device *device;
    rmf_settings *settings;
    rmf_params *params;
    rmf_net net;
} fixture;

/** Builds a case on a device ("ref", "auto"); stops the test on failure.  Parameters and inputs are
 * filled, segments set. */
void fixture_open(fixture *f, const net_case *c, const char *device, bool training);
void fixture_close(fixture *f);
rmf_status fixture_try(fixture *f, const net_case *c, const char *device, bool training);
/** "a=1;b=2" into new settings, checked. */
rmf_status settings_of(const char *text, rmf_settings **out);

/** count numbers in [−scale, scale) that depend on name and index only. */
void fill_value(const char *name, double scale, float *out, int64_t count);
void fill_parameters(rmf_params *params);
/** Inputs x, t, noise of a net with as many rows, and its segments. */
void fill_inputs(rmf_net *net, const int32_t *used);

#endif
