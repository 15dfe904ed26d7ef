#!/usr/bin/env python3
"""PyTorch beside Ramify: `peer_torch step|forward|check`.  README.md says what the rows are."""
import peerlib

torch = peerlib.need("torch")

from torch import nn  # noqa: E402

from torch_nets import Paper, Unet, count  # noqa: E402

COMPILE = hasattr(torch, "compile")
DECAY = 0.999


def score_of(way, net, x, t, branch):
    """The network on a batch sorted by branch, as a function of nothing."""
    if "all-heads" in way:
        score = lambda: net.all_heads(x, t, branch)  # noqa: E731
    elif isinstance(net, Paper):
        counts = torch.bincount(branch, minlength=len(net.heads)).tolist()
        score = lambda: net.one_head(x, t, counts)  # noqa: E731
    else:
        score = lambda: net.one_head(x, t, branch)  # noqa: E731
    return torch.compile(score) if "compiled" in way else score


def batch_of(args):
    torch.manual_seed(0)
    x, t = torch.randn(args.batch, 1, 28, 28), torch.rand(args.batch)
    return x, t, torch.randint(args.branches, (args.batch,)).sort().values


def memory(layout):
    return torch.channels_last if layout == "nhwc" else torch.contiguous_format


def adam(parameters):
    """The fastest that this version has: one kernel a tensor, or one operation for all tensors."""
    try:
        return torch.optim.Adam(parameters, 1e-3, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, 1e-3, foreach=True)


def average(mean, values):
    if hasattr(torch, "_foreach_lerp_"):
        torch._foreach_lerp_(mean, values, 1 - DECAY)
    else:
        torch._foreach_mul_(mean, DECAY)
        torch._foreach_add_(mean, values, alpha=1 - DECAY)


def make_step(args, net, way, layout, precision):
    """Forward, backward, clip, Adam, average: what Ramify's rows `step` time."""
    torch.manual_seed(1)
    if COMPILE:
        torch._dynamo.reset()
    net = net().to(memory_format=memory(layout))
    x, t, branch = batch_of(args)
    x = x.contiguous(memory_format=memory(layout))
    target, score = torch.randn_like(x), score_of(way, net, x, t, branch)
    parameters = list(net.parameters())
    means = [p.detach().clone() for p in parameters]
    optimizer = adam(parameters)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            y = score()
        ((y.float() - target) ** 2).sum((1, 2, 3)).mean().backward()
        nn.utils.clip_grad_norm_(parameters, 1)
        optimizer.step()
        # As in Ramify: a branch that the batch does not meet costs nothing.
        met = [i for i, p in enumerate(parameters) if p.grad is not None]
        with torch.no_grad():
            average([means[i] for i in met], [parameters[i] for i in met])

    return step


def make_forward(args, net, way, layout, precision):
    """All rows of a batch by the head of one branch, no gradient."""
    torch.manual_seed(1)
    if COMPILE:
        torch._dynamo.reset()
    net = net().to(memory_format=memory(layout)).eval()
    for p in net.parameters():
        p.requires_grad_(False)
    x, t, _ = batch_of(args)
    x = x.contiguous(memory_format=memory(layout))
    run = net
    if "compiled" in way:
        import torch._inductor.config as inductor

        inductor.freezing = True  # weights are constants, laid out once for oneDNN
        run = torch.compile(net)
    elif "jit" in way:
        run = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, (x, t))))

    def forward():
        mode = torch.no_grad if "compiled" in way else torch.inference_mode
        with mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            run(x, t)

    return forward


def nets(args):
    """Name of Ramify's network, variant of it, how to make it."""
    branches = args.branches
    yield "paper-unet", "", lambda: Paper(branches)
    yield "paper-unet", " split", lambda: Paper(branches, split=True)
    for skips in ("add", "concat"):
        yield "unet", " skips-" + skips, lambda: Unet(branches, skips)


def run(args, rows):
    precisions = ["f32"] + ["bf16"] * peerlib.has_bf16()
    if len(precisions) == 1:
        peerlib.note("no bf16 rows: the processor has neither AVX512_BF16 nor AMX")
    if args.bench == "step":
        make, ways = make_step, ["all-heads", "one-head"] + ["one-head compiled"] * COMPILE
    else:
        make, ways = make_forward, ["eager", "jit"] + ["compiled"] * COMPILE
    for name, variant, net in nets(args):
        for way in ways:
            if way == "all-heads" and variant == " split":
                continue
            for precision in precisions:
                for layout in ("nchw", "nhwc"):
                    against = f"{name} branches {args.branches}" if args.bench == "step" else name
                    rows.add(
                        against,
                        f"{way}{variant} {layout}",
                        precision,
                        lambda: make(args, net, way, layout, precision),
                    )


def equal(what, a, b):
    worst = (a - b).abs().max().item() / b.abs().max().item()
    assert worst < 1e-4, f"{what}: differ by {worst}"
    print(f"{what}: differ by {worst:.1e} of the largest value")


def check(args):
    x, t, branch = batch_of(args)
    torch.manual_seed(1)
    plain, split = Paper(args.branches), Paper(args.branches, split=True)
    assert count(plain) - count(plain.heads) == Paper.shared
    assert count(plain.heads) == args.branches * Paper.branch
    split.load_state_dict(plain.state_dict())
    unet = Unet(args.branches, "add")
    for p in unet.head.parameters():
        nn.init.normal_(p)
    assert count(Unet(19, "add")) == 742_131
    print("numbers of parameters: as in Ramify")
    with torch.no_grad():
        one = score_of("one-head", plain, x, t, branch)()
        equal("paper-unet: one head, all heads", one, plain.all_heads(x, t, branch))
        equal("paper-unet: split, plain", score_of("one-head", split, x, t, branch)(), one)
        one = unet.one_head(x, t, branch)
        equal("unet: one head, all heads", one, unet.all_heads(x, t, branch))


def main():
    args = peerlib.arguments(__doc__)
    torch.set_num_threads(args.threads)
    if args.bench == "check":
        check(args)
    elif args.bench == "sample":
        peerlib.note("peer_torch has no rows `sample`")
    else:
        rows = peerlib.Rows(args, "torch", torch.__version__, {"torch": torch.__version__})
        run(args, rows)
        rows.done()


main()
