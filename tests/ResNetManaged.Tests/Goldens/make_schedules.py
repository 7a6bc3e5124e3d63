#!/usr/bin/env python3
"""Records PyTorch's learning rates and momenta, in schedules.json (read by LearningRateScheduleTests).

Run: python3 make_schedules.py   (made with torch 1.13)

Each case: "kind" and its "args"; "warmup" (steps and start factor) where a linear rise comes first; "values": [learning rate, momentum] of each step
from 0 on (momentum null where the schedule sets none).
"""
import json
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

HERE = pathlib.Path(__file__).parent


def constant(optimizer, args):
    return schedulers.LambdaLR(optimizer, lambda _: 1.0)


def multi_step(optimizer, args):
    return schedulers.MultiStepLR(optimizer, args["milestones"], args["gamma"])


def cosine(optimizer, args):
    return schedulers.CosineAnnealingLR(optimizer, args["totalSteps"], args["minimum"])


def one_cycle(optimizer, args):
    cycles = args["momentum"] is not None
    base, largest = args["momentum"] or (0.85, 0.95)
    return schedulers.OneCycleLR(optimizer, args["learningRate"], total_steps=args["totalSteps"], pct_start=args["pctStart"], cycle_momentum=cycles,
                                 base_momentum=base, max_momentum=largest, div_factor=args["divFactor"], final_div_factor=args["finalDivFactor"])


CASES = [
    (constant, 5, {"learningRate": 0.1}, None),
    (multi_step, 20, {"learningRate": 0.4, "milestones": [3, 7, 7, 15], "gamma": 0.2}, None),
    (cosine, 14, {"learningRate": 0.3, "totalSteps": 13, "minimum": 0.01}, None),
    (cosine, 61, {"learningRate": 1.5, "totalSteps": 60, "minimum": 0.0}, None),
    (one_cycle, 50, {"learningRate": 0.3, "totalSteps": 50, "pctStart": 0.3, "divFactor": 25.0, "finalDivFactor": 1e4, "momentum": [0.85, 0.95]}, None),
    (one_cycle, 37, {"learningRate": 0.2, "totalSteps": 37, "pctStart": 0.25, "divFactor": 10.0, "finalDivFactor": 100.0, "momentum": None}, None),
    (one_cycle, 7, {"learningRate": 0.2, "totalSteps": 7, "pctStart": 0.0, "divFactor": 10.0, "finalDivFactor": 100.0, "momentum": [0.5, 0.9]}, None),
    (cosine, 26, {"learningRate": 0.3, "totalSteps": 20, "minimum": 0.01}, {"steps": 5, "startFactor": 0.01}),
    (multi_step, 20, {"learningRate": 0.4, "milestones": [4, 9], "gamma": 0.1}, {"steps": 3, "startFactor": 0.25}),
]


def record(make, steps, args, warmup):
    momentum = args.get("momentum")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=args["learningRate"], momentum=0.9)
    scheduler = make(optimizer, args)
    if warmup:
        # SequentialLR wants schedulers of an optimizer at its base learning rate
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        rise = schedulers.LinearLR(optimizer, warmup["startFactor"], total_iters=warmup["steps"])
        scheduler = schedulers.SequentialLR(optimizer, [rise, scheduler], [warmup["steps"]])
    values = []
    for _ in range(steps):
        group = optimizer.param_groups[0]
        values.append([group["lr"], group["momentum"] if momentum else None])
        optimizer.step()
        if len(values) < steps:
            scheduler.step()
    return {"kind": make.__name__, "args": args, "warmup": warmup, "values": values}


def main():
    warnings.simplefilter("ignore")  # SequentialLR calls its own schedulers in a way that PyTorch deprecates
    lines = ",\n".join(json.dumps(record(*case)) for case in CASES)
    (HERE / "schedules.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
