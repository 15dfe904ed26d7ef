/* nn/segment.c – which rows of the batch use which bank row. */
#include "nn/tape.h"

#include <inttypes.h>

rmf_status rmf_tape_prepare_segments(rmf_tape *tape)
{
    void *block = NULL;
    size_t most = (size_t)(tape->rows > 0 ? tape->rows : 1);
    RMF_TRY(rmf_arena_alloc(tape->arena, most, sizeof(rmf_segment), &block));
    tape->segments = block;
    size_t rows = (size_t)rmf_params_bank_rows(tape->params);
    RMF_TRY(rmf_arena_alloc(tape->arena, rows, sizeof(int64_t), &block));
    tape->touched = block;
    RMF_TRY(rmf_arena_alloc(tape->arena, rows, sizeof(int64_t), &block));
    tape->row_mark = block;
    return RMF_OK;
}

static rmf_status check_segments(const rmf_tape *tape, const rmf_segment *segments, int64_t count)
{
    int64_t next = 0, bank_rows = rmf_params_bank_rows(tape->params);
    for (int64_t i = 0; i < count; i++) {
        const rmf_segment *s = &segments[i];
        if (s->bank_row < 0 || s->bank_row >= bank_rows || s->first != next || s->count < 0 ||
            s->count > tape->rows - next)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "segment %" PRId64 ": bank row %" PRId64 ", rows %" PRId64 " + %" PRId64
                            "; expected a bank row below %" PRId64 " and rows from %" PRId64
                            " on, up to %" PRId64,
                            i, s->bank_row, s->first, s->count, bank_rows, next, tape->rows);
        next += s->count;
    }
    if (next != tape->rows)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "segments: they cover %" PRId64 " rows; expected all %" PRId64
                        " rows of the batch",
                        next, tape->rows);
    return RMF_OK;
}

void rmf_tape_touch(rmf_tape *tape, int64_t bank_row)
{
    if (tape->row_mark[bank_row] == tape->mark) return;
    tape->row_mark[bank_row] = tape->mark;
    tape->touched[tape->touched_count++] = bank_row;
}

rmf_status rmf_tape_set_segments(rmf_tape *tape, const rmf_segment *segments, int64_t count)
{
    if (!tape->compiled)
        return rmf_fail(RMF_ERR_ARGUMENT, "tape: segments before compile; compile first");
    rmf_segment all = {0, 0, tape->rows};
    if (count == 0) {
        segments = &all;
        count = 1;
    }
    RMF_TRY(check_segments(tape, segments, count));
    tape->mark++;
    tape->touched_count = tape->segment_count = 0;
    for (int64_t i = 0; i < count; i++) {
        if (segments[i].count == 0) continue;
        rmf_segment *last = tape->segment_count ? &tape->segments[tape->segment_count - 1] : NULL;
        if (last && last->bank_row == segments[i].bank_row)
            last->count += segments[i].count;
        else
            tape->segments[tape->segment_count++] = segments[i];
        rmf_tape_touch(tape, segments[i].bank_row);
    }
    tape->segments_set = true;
    return RMF_OK;
}

int64_t rmf_part_count(const rmf_node *y)
{
    return y->banked ? y->tape->segment_count : 1;
}

rmf_segment rmf_part(const rmf_node *y, int64_t index)
{
    if (!y->banked) return (rmf_segment){0, 0, y->in[0]->shape[0]};
    return y->tape->segments[index];
}
