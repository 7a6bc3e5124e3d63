"""Writes imagenet_classes.txt: the 1,000 classes of ImageNet's challenge in the order of the logits, one a line: WordNet id, tab, name.

usage: make_imagenet_classes.py IDS data.noun > imagenet_classes.txt

IDS lists the 1,000 WordNet ids, one a line; sorted, they are the classes in order. data.noun is of WordNet 3.0 (Debian: package wordnet-base,
/usr/share/wordnet/data.noun). A class is named by the first word of its synset. Where two classes share that word, each takes the first of its
other words that no class has, or else adds its hypernym in parentheses.
"""
import sys
from collections import Counter


def read_synsets(path):
    synsets = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("  "):
                continue  # the license
            fields = line.split("|")[0].split()
            count = int(fields[3], 16)
            words = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
            pointers = fields[5 + 2 * count:]
            parents = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i")]
            synsets[fields[0]] = (words, parents)
    return synsets


def name(words, parents, synsets, taken):
    if taken[words[0]] == 1:
        return words[0]
    for word in words[1:]:
        if taken[word] == 0:
            return word
    return f"{words[0]} ({synsets[parents[0]][0][0]})"


def main():
    ids = sorted(line.strip() for line in open(sys.argv[1], encoding="ascii") if line.strip())
    assert len(ids) == len(set(ids)) == 1000
    synsets = read_synsets(sys.argv[2])
    taken = Counter(synsets[wordnet_id[1:]][0][0] for wordnet_id in ids)
    names = [name(*synsets[wordnet_id[1:]], synsets, taken) for wordnet_id in ids]
    assert len(set(names)) == 1000
    for wordnet_id, class_name in zip(ids, names):
        print(f"{wordnet_id}\t{class_name}")


main()
