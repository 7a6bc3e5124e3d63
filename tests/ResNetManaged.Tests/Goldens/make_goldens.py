#!/usr/bin/env python3
"""Records PyTorch's outputs for operations, blocks and whole networks; README.md beside this script describes the files.

Run: python3 make_goldens.py [--article FILE]   (made with torch 1.13, torchvision 0.14.1; one thread; about one minute)

Inputs and weights are not stored: every case gives a seed, and torch.manual_seed(seed) with the draws described in README.md makes them
again, in Python and with the library's TorchGenerator. With --article the print of the textbook network's layer4_x is checked to stand
in that text.
"""
import argparse
import json
import pathlib
import sys

import torch
import torchvision

sys.dont_write_bytecode = True  # everything in this folder that is no .py or .md is copied to the tests' output

import golden_files
import golden_models
import golden_networks
import golden_operations

HERE = pathlib.Path(__file__).parent
PRINTS = {
    "textbook_resnet34.layer4_x": lambda: golden_models.VARIANTS["textbook_resnet34"](1000).layer4_x,
    "resnet18": lambda: golden_models.VARIANTS["resnet18"](1000),
    "resnext50_32x4d": lambda: golden_models.VARIANTS["resnext50_32x4d"](1000),
}


def write_prints(article):
    for name, construct in PRINTS.items():
        text = str(construct()) + "\n"
        (HERE / f"print-{name}.txt").write_text(text)
        print(f"print-{name}.txt: {len(text)} bytes")
        if article and name.startswith("textbook"):
            found = "\n" + text in pathlib.Path(article).read_text()
            print(f"  {'stands' if found else 'DOES NOT STAND'} in {pathlib.Path(article).name}")
            assert found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--article", help="a text that contains the print of the textbook network's layer4_x")
    article = parser.parse_args().article
    torch.set_num_threads(1)
    made_with = {"torch": torch.__version__, "torchvision": torchvision.__version__}

    tensors, cases = golden_operations.record()
    golden_files.write(HERE / "operations.safetensors", tensors, **made_with, cases=cases)

    tensors, cases = golden_networks.record_blocks()
    golden_files.write(HERE / "blocks.safetensors", tensors, **made_with, batch_norm=golden_networks.BLOCK_NORMS, cases=cases)

    write_prints(article)

    tensors, cases, table = golden_networks.record_variants()
    golden_files.write(
        HERE / "variants.safetensors", tensors, **made_with, batch_norm=golden_networks.VARIANT_NORMS,
        branch_end_weight=golden_networks.BRANCH_END_WEIGHT, cases=cases)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    (HERE / "variants.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
