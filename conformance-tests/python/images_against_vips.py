"""Compares serving forms with libvips' rendering of their masters.

    cargo run --release -p iiif --example campaign -- all MASTERS OUT > table.tsv
    python images_against_vips.py MASTERS OUT table.tsv [sheet.png]

Prints, for each master: what became of it, and the mean difference in grey levels of level 0 and of
level 1 to libvips (upright, in sRGB, on white). Needs pyvips and libvips; the sheet shows pairs, ours
on the left.
"""

import sys

import pyvips


def rendering(path):
    image = pyvips.Image.new_from_file(path, access="random")
    image = image.autorot()
    if image.get_typeof("icc-profile-data"):
        try:
            image = image.icc_transform("srgb", embedded=True, intent="relative")
        except pyvips.Error:
            pass
    if image.interpretation in ("rgb16", "grey16"):
        # The high byte, as every eight-bit rendering of it has.
        deep = "srgb" if image.bands >= 3 else "b-w"
        image = image.rshift(8).cast("uchar").copy(interpretation=deep)
    elif image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    if image.bands == 2:
        image = image.extract_band(0)
    return image.cast("uchar")


def same_bands(a, b):
    if a.bands < b.bands:
        a = a.bandjoin([a] * (b.bands - a.bands))
    return a


def difference(ours, theirs):
    ours, theirs = same_bands(ours, theirs), same_bands(theirs, ours)
    width, height = min(ours.width, theirs.width), min(ours.height, theirs.height)
    if abs(ours.width - theirs.width) > 1 or abs(ours.height - theirs.height) > 1:
        return None
    crop = lambda image: image.crop(0, 0, width, height)
    return (crop(ours).cast("int") - crop(theirs).cast("int")).abs().avg()


def main():
    root, out, table = sys.argv[1:4]
    tiles, worst, count, refused = [], [], 0, 0
    for line in open(table, encoding="utf-8"):
        name, millis, *rest = line.rstrip("\n").split("\t")
        if rest[0] != "ok":
            refused += 1
            print(f"{name}\t{millis}\t" + "\t".join(rest))
            continue
        made = f"{out}/{name.replace('/', '__')}.tif"
        try:
            theirs = rendering(f"{root}/{name}").copy_memory()
        except pyvips.Error as error:
            text = str(error).strip().splitlines()
            print(f"{name}\t{millis}\tok\t{rest[1]}\tvips: {text[-1] if text else '?'}")
            continue
        ours = rendering(made).copy_memory()
        full = difference(ours, theirs)
        half = None
        if ours.width > 512 or ours.height > 512:
            level = rendering(f"{made}[page=1]")
            even = theirs.embed(
                0, 0, theirs.width + theirs.width % 2, theirs.height + theirs.height % 2, extend="copy"
            )
            half = difference(level, even.shrink(2, 2).cast("uchar"))
        count += 1
        show = lambda value: "-" if value is None else f"{value:.2f}"
        print(f"{name}\t{millis}\tok\t{rest[1]}\t{show(full)}\t{show(half)}\t{rest[-1]}")
        if full is None or full > 2 or (half is not None and half > 2):
            worst.append((name, full, half))
        for image in (ours, theirs):
            thumb = image.thumbnail_image(96, height=96)
            if thumb.bands == 1:
                thumb = thumb.bandjoin([thumb, thumb])
            thumb = thumb.extract_band(0, n=3).copy(interpretation="srgb")
            tiles.append(thumb.gravity("centre", 100, 100, extend="background", background=[90, 120, 90]))
    print(f"{count} compared, {refused} refused, {len(worst)} differ by more than 2:", file=sys.stderr)
    for entry in worst:
        print("  ", *entry, file=sys.stderr)
    if len(sys.argv) > 4 and tiles:
        pyvips.Image.arrayjoin(tiles, across=24).write_to_file(sys.argv[4])


main()
