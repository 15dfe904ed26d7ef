/* net/team.c – one batch on several threads, a part of its rows on each.
 *
 * Inside the parallel regions below every operation runs on one thread.  Parts are cut by row
 * numbers and joined in order, so results are the same in every run with the same number of
 * threads. */
#include "ramify/net.h"

#include <inttypes.h>
#include <stdio.h>

enum { SMALLEST_PART = 4 };

typedef struct part {
    rmf_device *device;  /* the first part's is the parameters' own */
    rmf_params *replica; /* NULL for the first part */
    rmf_net net;
    int64_t first;
    rmf_segment *segments; /* [rows of the part] */
    int64_t n_segments, apart;
    rmf_status status;
    char message[512]; /* messages belong to threads */
} part;

struct rmf_team {
    int n;
    part *parts;
    bool training;
    /* of the pass under way */
    const rmf_team_batch *batch;
    float *output;
    const float *gradient;
    float *product;
};

static rmf_status create_part(part *p, bool first, rmf_params *params, const rmf_settings *settings,
                              const rmf_net_shape *shape, bool training)
{
    RMF_TRY(rmf_alloc((size_t)shape->rows, sizeof *p->segments, (void **)&p->segments));
    p->device = rmf_params_device(params);
    if (!first) {
        const char *kind = p->device->ops->name;
        p->device = NULL;
        RMF_TRY(rmf_device_open(kind, &p->device));
        p->device->type = rmf_params_device(params)->type;
        RMF_TRY(rmf_params_replica(params, p->device, &p->replica));
    }
    return rmf_net_build(first ? params : p->replica, settings, shape, training, &p->net);
}

static int part_count(const rmf_device *device, int64_t rows)
{
    if (!device->side_by_side) return 1;
    const int64_t most = rows / SMALLEST_PART < 1 ? 1 : rows / SMALLEST_PART;
    return most < rmf_threads() ? (int)most : rmf_threads();
}

rmf_status rmf_team_create(rmf_params *params, const rmf_settings *settings,
                           const rmf_net_shape *shape, bool training, rmf_team **out)
{
    rmf_team *team = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *team, (void **)&team));
    team->training = training;
    team->n = part_count(rmf_params_device(params), shape->rows);
    rmf_status s = rmf_alloc((size_t)team->n, sizeof *team->parts, (void **)&team->parts);
    for (int i = 0; s == RMF_OK && i < team->n; i++) {
        rmf_net_shape own = *shape;
        team->parts[i].first = i * shape->rows / team->n;
        own.rows = (i + 1) * shape->rows / team->n - team->parts[i].first;
        s = create_part(&team->parts[i], i == 0, params, settings, &own, training);
    }
    if (s != RMF_OK) {
        rmf_team_free(team);
        return s;
    }
    *out = team;
    return RMF_OK;
}

void rmf_team_free(rmf_team *team)
{
    if (!team) return;
    for (int i = 0; team->parts && i < team->n; i++) {
        part *p = &team->parts[i];
        rmf_net_free(&p->net);
        rmf_params_free(p->replica);
        if (i > 0) rmf_device_close(p->device);
        rmf_free(p->segments);
    }
    rmf_free(team->parts);
    rmf_free(team);
}

int rmf_team_parts(const rmf_team *team)
{
    return team->n;
}

const rmf_tape *rmf_team_tape(const rmf_team *team)
{
    return team->parts[0].net.tape;
}

/* The segments' rows that lie in this part, counted from its first; and whether its first bank row
 * began in the part before. */
static void cut_segments(part *p, const rmf_team_batch *batch)
{
    const int64_t end = p->first + p->net.rows;
    p->n_segments = 0;
    p->apart = -1;
    for (int64_t i = 0; i < batch->n_segments; i++) {
        const rmf_segment *s = &batch->segments[i];
        const int64_t from = s->first < p->first ? p->first : s->first;
        const int64_t to = s->first + s->count < end ? s->first + s->count : end;
        if (from >= to) continue;
        if (s->first < p->first) p->apart = s->bank_row;
        p->segments[p->n_segments++] = (rmf_segment){s->bank_row, from - p->first, to - from};
    }
}

static rmf_status run_parts(rmf_team *team, rmf_status (*work)(const rmf_team *team, part *p))
{
#pragma omp parallel for schedule(static, 1) num_threads(team->n) if (team->n > 1)
    for (int i = 0; i < team->n; i++) {
        part *p = &team->parts[i];
        /* Not left to the libraries: oneDNN divides some work by the number of threads it could
         * have elsewhere, and those that don't come are waited for. */
        if (team->n > 1) rmf_threads_set(1);
        p->status = work(team, p);
        if (p->status != RMF_OK) snprintf(p->message, sizeof p->message, "%s", rmf_message());
    }
    for (int i = 0; i < team->n; i++)
        if (team->parts[i].status != RMF_OK)
            return rmf_fail(team->parts[i].status, "%s", team->parts[i].message);
    return RMF_OK;
}

static rmf_status forward_part(const rmf_team *team, part *p)
{
    const rmf_team_batch *batch = team->batch;
    const rmf_device_ops *ops = p->device->ops;
    const rmf_net *net = &p->net;
    const size_t scalars = (size_t)net->rows * sizeof(float);
    const int64_t at = p->first * net->features;
    cut_segments(p, batch);
    RMF_TRY(rmf_tape_set_segments(net->tape, p->segments, p->n_segments));
    RMF_TRY(ops->upload(p->device, rmf_node_value(net->x), batch->x + at,
                        scalars * (size_t)net->features));
    RMF_TRY(ops->upload(p->device, rmf_node_value(net->t), batch->t + p->first, scalars));
    RMF_TRY(ops->upload(p->device, rmf_node_value(net->noise), batch->noise + p->first, scalars));
    RMF_TRY(rmf_tape_forward(net->tape));
    return ops->download(p->device, team->output + at, rmf_node_value(net->output),
                         scalars * (size_t)net->features);
}

rmf_status rmf_team_forward(rmf_team *team, const rmf_team_batch *batch, float *output)
{
    for (int64_t i = 1; i < batch->n_segments; i++)
        if (batch->segments[i].bank_row <= batch->segments[i - 1].bank_row)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "team: bank row %" PRId64 " after %" PRId64
                            "; expected segments sorted by bank row, each row once",
                            batch->segments[i].bank_row, batch->segments[i - 1].bank_row);
    team->batch = batch;
    team->output = output;
    return run_parts(team, forward_part);
}

static rmf_status backward_part(const rmf_team *team, part *p)
{
    const rmf_net *net = &p->net;
    const int64_t at = p->first * net->features;
    if (p->replica) rmf_replica_apart(p->replica, p->apart);
    RMF_TRY(p->device->ops->upload(p->device, rmf_node_gradient(net->output), team->gradient + at,
                                   (size_t)(net->rows * net->features) * sizeof(float)));
    return rmf_tape_backward(net->tape);
}

rmf_status rmf_team_backward(rmf_team *team, const float *gradient)
{
    team->gradient = gradient;
    RMF_TRY(run_parts(team, backward_part));
    for (int i = 1; i < team->n; i++)
        RMF_TRY(rmf_tape_gather_gradients(team->parts[0].net.tape, team->parts[i].net.tape));
    return RMF_OK;
}

static rmf_status pull_part(const rmf_team *team, part *p)
{
    const rmf_net *net = &p->net;
    RMF_TRY(backward_part(team, p));
    return p->device->ops->download(p->device, team->product + p->first * net->features,
                                    rmf_node_gradient(net->x),
                                    (size_t)(net->rows * net->features) * sizeof(float));
}

rmf_status rmf_team_pullback(rmf_team *team, const float *v, float *product)
{
    if (!rmf_node_gradient(team->parts[0].net.x))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "team: no gradient by x; expected a training net of a shape with `pulls`");
    team->gradient = v;
    team->product = product;
    return run_parts(team, pull_part);
}
