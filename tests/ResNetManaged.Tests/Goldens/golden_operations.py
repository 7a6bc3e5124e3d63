"""The cases of operations.safetensors: a handful of awkward ones for each operation."""
import torch
from torch.nn import functional as F

from golden_files import difference, uniform

NAN, INF = float("nan"), float("inf")


def padded(function, value=0.0):
    """The function, with padding that differs from side to side (top, left, bottom, right) put around its input beforehand."""
    def run(x, *others, padding, **args):
        if len(padding) == 4:
            top, left, bottom, right = padding
            x, padding = F.pad(x, (left, right, top, bottom), value=value), (0, 0)
        return {"y": function(x, *others, padding=padding, **args)}
    return run


def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    mean, var = running_mean.clone(), running_var.clone()
    y = F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    return {"y": y, "running_mean": mean, "running_var": var} if training else {"y": y}


def group_norm(x, weight=None, bias=None, *, num_groups, eps):
    return {"y": F.group_norm(x, num_groups, weight, bias, eps)}


def simple(function):
    return lambda *inputs, **args: {"y": function(*inputs, **args)}


FUNCTIONS = {
    "conv2d": padded(F.conv2d), "batch_norm": batch_norm, "relu": simple(F.relu), "max_pool2d": padded(F.max_pool2d, -INF),
    "avg_pool2d": padded(F.avg_pool2d), "adaptive_avg_pool2d": simple(F.adaptive_avg_pool2d), "linear": simple(F.linear),
    "group_norm": group_norm, "softmax": simple(F.softmax), "log_softmax": simple(F.log_softmax), "add": simple(torch.add),
    "mul": simple(torch.mul), "cat": lambda *inputs: {"y": torch.cat(inputs, dim=1)}, "sigmoid": simple(torch.sigmoid), "silu": simple(F.silu),
    "hardsigmoid": simple(F.hardsigmoid), "hardswish": simple(F.hardswish), "relu6": simple(F.relu6), "hardtanh": simple(F.hardtanh),
    "leaky_relu": simple(F.leaky_relu), "prelu": simple(F.prelu),
}


def cases():
    """Yields (operation, inputs, args): an input is (name, shape, low, high), or (name, tensor) when it must be stored."""
    def conv(x, weight, bias=False, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
        inputs = [("x", x, -1.0, 1.0), ("weight", weight, -0.5, 0.5)] + ([("bias", weight[:1], -1.0, 1.0)] if bias else [])
        return "conv2d", inputs, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    yield conv([1, 1, 1, 1], [1, 1, 1, 1], bias=True)
    yield conv([2, 3, 23, 19], [5, 3, 7, 7], stride=(2, 2), padding=(3, 3))  # the stem
    yield conv([2, 17, 7, 7], [19, 17, 3, 3], padding=(1, 1))
    yield conv([1, 33, 5, 6], [18, 33, 1, 1], bias=True)
    yield conv([2, 16, 9, 7], [8, 16, 1, 1], stride=(2, 2))
    yield conv([1, 8, 8, 8], [16, 8, 3, 3], stride=(2, 2), padding=(1, 1))
    yield conv([2, 4, 11, 13], [6, 4, 3, 5], bias=True, stride=(3, 2), padding=(2, 1), dilation=(2, 1))
    yield conv([1, 3, 9, 10], [4, 3, 1, 3], padding=(0, 1), dilation=(1, 3))
    yield conv([1, 2, 15, 15], [3, 2, 3, 3], bias=True, dilation=(4, 4), padding=(4, 4))
    yield conv([2, 12, 7, 6], [24, 3, 3, 3], padding=(1, 1), groups=4)
    yield conv([1, 10, 6, 7], [10, 1, 3, 3], bias=True, stride=(2, 1), padding=(1, 1), groups=10)  # depthwise
    yield conv([1, 6, 5, 5], [18, 1, 2, 2], groups=6)  # depthwise, three filters a channel, even kernel
    yield conv([1, 3, 2, 3], [4, 3, 3, 3], padding=(2, 2))  # a kernel larger than the image
    yield conv([1, 64, 7, 7], [16, 64, 3, 3], padding=(1, 1))  # a deep sum
    yield conv([3, 2, 4, 4], [2, 2, 4, 4], bias=True)  # one output pixel

    for shape, training, extra in [([2, 5, 4, 3], False, {}), ([2, 5, 4, 3], True, {}), ([1, 3, 2, 1], True, {}), ([4, 2, 1, 1], True, {}),
                                   ([3, 7, 5, 5], True, {"momentum": 0.3, "eps": 0.01}), ([1, 17, 3, 3], False, {"eps": 0.1})]:
        per_channel = [("weight", [shape[1]], 0.5, 1.5), ("bias", [shape[1]], -0.5, 0.5),
                       ("running_mean", [shape[1]], -0.5, 0.5), ("running_var", [shape[1]], 0.5, 1.5)]
        yield "batch_norm", [("x", shape, -1.0, 3.0), *per_channel], {"training": training, "momentum": 0.1, "eps": 1e-5, **extra}

    special = torch.tensor([NAN, INF, -INF, -0.0, 0.0, 1e-45, -1e-45, 3.4e38, -3.4e38, 1.0, -1.0, 0.5])
    yield "relu", [("x", [2, 3, 5, 7], -1.0, 1.0)], {}
    yield "relu", [("x", special)], {}

    def pool(op, x, kernel, **args):
        defaults = {"stride": kernel, "padding": [0, 0], "ceil_mode": False}
        defaults |= {"dilation": [1, 1]} if op == "max_pool2d" else {"count_include_pad": True}
        inputs = [x] if isinstance(x, tuple) else [("x", x, -1.0, 1.0)]
        return op, inputs, {"kernel_size": kernel, **defaults, **args}

    yield pool("max_pool2d", [1, 2, 14, 13], [3, 3], stride=[2, 2], padding=[1, 1])  # torchvision's
    yield pool("max_pool2d", [1, 2, 14, 13], [3, 3], stride=[2, 2], ceil_mode=True)  # the textbook's
    yield pool("max_pool2d", [2, 1, 7, 9], [2, 3], stride=[2, 3], padding=[1, 1], ceil_mode=True)
    yield pool("max_pool2d", [1, 3, 12, 11], [3, 2], stride=[1, 2], dilation=[2, 3], padding=[1, 0])
    yield pool("max_pool2d", [1, 1, 5, 5], [2, 2], stride=[2, 2], padding=[1, 1], ceil_mode=True)  # last window would start in padding
    yield pool("max_pool2d", [1, 1, 6, 5], [2, 2], stride=[3, 3], ceil_mode=True)
    yield pool("max_pool2d", ("x", [1, 2, 6, 6], -3.0, -2.0), [3, 3], stride=[2, 2], padding=[1, 1])  # zero padding would win
    yield pool("max_pool2d", ("x", torch.tensor([NAN, 1, -INF, -INF, 2, INF, -INF, -INF, 3, -0.0, 0.0, NAN, -1, 4, 5, 6]).reshape(1, 1, 4, 4)),
               [2, 2])
    for include in (True, False):
        yield pool("avg_pool2d", [1, 2, 9, 8], [3, 3], stride=[2, 2], padding=[1, 1], count_include_pad=include)
        yield pool("avg_pool2d", [1, 2, 8, 10], [3, 2], stride=[2, 3], padding=[1, 1], ceil_mode=True, count_include_pad=include)
        yield pool("avg_pool2d", [2, 1, 5, 5], [2, 2], stride=[2, 2], padding=[1, 1], ceil_mode=True, count_include_pad=include)
    yield pool("avg_pool2d", [1, 3, 7, 7], [7, 7])
    yield pool("avg_pool2d", [1, 2, 6, 7], [2, 2], ceil_mode=True)

    for x, size in [([2, 3, 7, 7], [1, 1]), ([1, 2, 7, 5], [3, 2]), ([1, 2, 7, 5], [7, 5]), ([1, 2, 3, 4], [5, 7]), ([1, 1, 10, 9], [4, 6]),
                    ([1, 4, 1, 1], [2, 3]), ([1, 2, 13, 11], [1, 4])]:
        yield "adaptive_avg_pool2d", [("x", x, -1.0, 1.0)], {"output_size": size}

    for n, features, classes, bias in [(2, 17, 5, True), (1, 1, 1, False), (3, 100, 10, True), (1, 515, 33, True), (5, 16, 16, False)]:
        inputs = [("x", [n, features], -1.0, 1.0), ("weight", [classes, features], -0.5, 0.5)]
        yield "linear", inputs + ([("bias", [classes], -1.0, 1.0)] if bias else []), {}

    for op in ("softmax", "log_softmax"):
        yield op, [("x", [3, 10], -5.0, 5.0)], {"dim": 1}
        yield op, [("x", [3, 10], -5.0, 5.0)], {"dim": 0}
        yield op, [("x", [2, 3, 4, 5], -2.0, 2.0)], {"dim": 1}
        yield op, [("x", [2, 3, 4, 5], -2.0, 2.0)], {"dim": -1}
        yield op, [("x", [7], -300.0, 300.0)], {"dim": 0}  # exp of these overflows without the maximum subtracted
        yield op, [("x", [2, 1], -1.0, 1.0)], {"dim": 1}
        yield op, [("x", torch.tensor([[-INF, 0.0, 1.0], [1000.0, -1000.0, 0.0], [NAN, 0.0, 1.0]]))], {"dim": 1}

    yield "add", [("x", [2, 3, 5, 7], -1.0, 1.0), ("other", [2, 3, 5, 7], -1.0, 1.0)], {}
    yield "add", [("x", special), ("other", special.flip(0))], {}

    # Padding as TensorFlow's SAME gives it, and any other: top, left, bottom, right.
    yield conv([2, 3, 8, 9], [5, 3, 3, 3], bias=True, stride=(2, 2), padding=(0, 0, 1, 1))
    yield conv([1, 17, 7, 6], [18, 17, 2, 4], padding=(0, 2, 1, 1))
    yield conv([1, 4, 9, 8], [6, 2, 3, 3], stride=(1, 2), padding=(3, 0, 1, 2), dilation=(2, 1), groups=2)
    yield pool("max_pool2d", [1, 2, 9, 8], [3, 3], stride=[2, 2], padding=[0, 0, 1, 1])
    yield pool("max_pool2d", ("x", [1, 2, 6, 7], -3.0, -2.0), [2, 3], stride=[1, 2], padding=[1, 0, 0, 1])
    yield pool("avg_pool2d", [1, 2, 9, 8], [3, 3], stride=[2, 2], padding=[0, 1, 1, 0])

    for shape, groups, affine, low, eps in [([2, 6, 4, 3], 1, True, -1.0, 1e-5), ([2, 6, 4, 3], 6, True, -1.0, 1e-5), ([1, 32, 5, 4], 8, True, 2.0, 1e-5),
                                            ([3, 36, 3, 5], 3, False, -1.0, 0.01), ([2, 4, 1, 1], 2, True, -1.0, 1e-5)]:
        parameters = [("weight", [shape[1]], 0.5, 1.5), ("bias", [shape[1]], -0.5, 0.5)] if affine else []
        yield "group_norm", [("x", shape, low, 3.0), *parameters], {"num_groups": groups, "eps": eps}

    yield "mul", [("x", [2, 3, 5, 7], -1.0, 1.0), ("other", [2, 3, 5, 7], -1.0, 1.0)], {}
    yield "mul", [("x", [2, 3, 5, 7], -1.0, 1.0), ("other", [2, 3, 1, 1], -1.0, 1.0)], {}
    yield "mul", [("x", special), ("other", special.flip(0))], {}
    for op, args in [("sigmoid", {}), ("silu", {}), ("hardsigmoid", {}), ("hardswish", {}), ("relu6", {}), ("hardtanh", {"min_val": -0.5, "max_val": 2.0}),
                     ("leaky_relu", {"negative_slope": 0.01})]:
        yield op, [("x", [2, 3, 5, 7], -1.0, 1.0)], args
        yield op, [("x", [3, 50], -90.0, 90.0)], args
        # PyTorch's hardswish overflows in x * 6 before it divides by 6.
        yield op, [("x", special[special.abs().nan_to_num(0) < 1e38] if op == "hardswish" else special)], args
    for slopes in (1, 3):
        yield "prelu", [("x", [2, 3, 5, 7], -1.0, 1.0), ("weight", [slopes], 0.0, 1.0)], {}
    yield "prelu", [("x", [4, 3], -1.0, 1.0), ("weight", [3], -1.0, 1.0)], {}
    yield "cat", [("x", [2, 3, 5, 7], -1.0, 1.0), ("other", [2, 4, 5, 7], -1.0, 1.0)], {}
    yield "cat", [("x", [3, 5], -1.0, 1.0), ("other", [3, 1], -1.0, 1.0)], {}


def record():
    tensors, described, numbers = {}, [], {}
    for seed, (op, inputs, args) in enumerate(cases(), start=1000):
        numbers[op] = numbers.get(op, -1) + 1
        name = f"{op}/{numbers[op]}"
        torch.manual_seed(seed)
        values, listed = [], []
        for input_ in inputs:
            if len(input_) == 2:
                tensors[f"{name}/{input_[0]}"] = input_[1]
                values.append(input_[1])
                listed.append({"name": input_[0], "stored": True, "shape": list(input_[1].shape)})
            else:
                input_name, shape, low, high = input_
                values.append(uniform(shape, low, high))
                listed.append({"name": input_name, "shape": shape, "from": low, "to": high})
        outputs = FUNCTIONS[op](*values, **args)
        doubles = FUNCTIONS[op](*(v.double() for v in values), **args)
        stored = any("stored" in i for i in listed)  # special values: compared exactly or by kind
        described.append({
            "name": name, "op": op, "seed": seed, "args": args, "inputs": listed, "outputs": list(outputs),
            **({} if stored else {"difference": max(difference(outputs[k], doubles[k]) for k in outputs)})})
        tensors |= {f"{name}/{k}": v for k, v in outputs.items()}
    return tensors, described
