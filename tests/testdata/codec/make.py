#!/usr/bin/env python3
"""Makes the files of this folder again: one small drawn picture in every shape a photo comes in.

Needs Debian's python3-pil, libvips-tools, libjpeg-turbo-progs, libimage-exiftool-perl and libavif-bin
(the last two only here). The bytes may differ from one version of these to the next; what the files
are is what the tests rely on."""

import os
import pathlib
import subprocess
import tempfile

from PIL import Image, ImageCms, ImageDraw

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT = 48, 32
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
         7: "TRANSVERSE", 8: "ROTATE_270"}  # how upright becomes stored


def run(*command, **more):
    subprocess.run([str(part) for part in command], check=True, **more)


def draw(shift=0):
    """No symmetry, soft and hard edges, strong colors."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            picture.putpixel((x, y), (x * 5, y * 7, 255 - x * 2 - y * 3))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((4 + shift, 4, 18 + shift, 18), fill=(250, 200, 40))
    pen.rectangle((30, 20 - shift // 2, 44, 28 - shift // 2), fill=(20, 30, 160))
    return picture


def animation():
    return [draw(shift) for shift in (0, 4, 8, 12)]


def jpegs(upright):
    upright.save("reference.ppm")
    for name, options in {
        "420": ["-sample", "2x2"], "422": ["-sample", "2x1"], "440": ["-sample", "1x2"],
        "444": ["-sample", "1x1"], "411": ["-sample", "4x1"], "gray": ["-grayscale"], "rgb": ["-rgb"],
        "progressive": ["-progressive"], "restart": ["-restart", "1"], "arithmetic": ["-arithmetic"],
    }.items():
        run("cjpeg", "-quality", "85", *options, "-outfile", f"{name}.jpg", "reference.ppm")
    upright.convert("CMYK").save("cmyk.jpg", quality=85)
    metadata_jpeg()


def metadata_jpeg():
    """A phone's kind of JPEG: EXIF with a thumbnail, XMP, IPTC, a comment, a profile, more pictures and
    bytes behind the end."""
    run("cp", "420.jpg", "metadata.jpg")
    with tempfile.NamedTemporaryFile(suffix=".jpg") as thumbnail, tempfile.NamedTemporaryFile() as profile:
        draw().resize((24, 16)).save(thumbnail.name)
        srgb_profile(profile.name)
        run("exiftool", "-q", "-overwrite_original", "-Orientation#=6", "-Make=SECRET-MAKE",
            "-GPSLatitude=48.2", "-GPSLatitudeRef=N", "-XMP:Creator=SECRET-XMP", "-IPTC:By-line=SECRET-IPTC",
            "-Comment=SECRET-COMMENT", f"-ThumbnailImage<={thumbnail.name}", f"-ICC_Profile<={profile.name}",
            "metadata.jpg")
    with open("metadata.jpg", "ab") as file:
        file.write(b"SECRET-TRAILER" + pathlib.Path("444.jpg").read_bytes())


def srgb_profile(path):
    pathlib.Path(path).write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def pngs(upright):
    upright.save("rgb8.png")
    upright.quantize(200).save("palette8.png")
    upright.quantize(4).save("palette2.png")
    upright.convert("L").save("gray8.png")
    upright.convert("1").save("gray1.png")
    translucent = upright.convert("RGBA")
    translucent.putalpha(Image.linear_gradient("L").resize(upright.size))
    translucent.save("rgba8.png")
    translucent.convert("LA").save("gray_alpha8.png")
    palette = upright.quantize(16)
    palette.save("palette_transparent.png", transparency=3)
    run("vips", "colourspace", "rgb8.png", "rgb16.png[strip]", "rgb16")
    run("vips", "colourspace", "rgb8.png", "gray16.png[strip]", "grey16")
    run("vips", "pngsave", "rgb8.png", "interlaced.png", "--interlace", "--strip")
    frames = animation()
    frames[0].save("animated.png", save_all=True, append_images=frames[1:])
    run("cp", "rgb8.png", "metadata.png")
    with tempfile.NamedTemporaryFile() as profile:
        srgb_profile(profile.name)
        run("exiftool", "-q", "-overwrite_original", "-Orientation#=6", "-PNG:Comment=SECRET-COMMENT",
            "-XMP:Creator=SECRET-XMP", "-EXIF:Make=SECRET-MAKE", f"-ICC_Profile<={profile.name}",
            "metadata.png")
    with open("metadata.png", "ab") as file:
        file.write(b"SECRET-TRAILER")


def webps(upright):
    upright.save("lossy.webp", quality=80)
    upright.save("lossless.webp", lossless=True)
    translucent = Image.open("rgba8.png")
    translucent.save("alpha_lossless.webp", lossless=True, exact=True)
    translucent.save("alpha_lossy.webp", quality=80)
    frames = animation()
    frames[0].save("animated.webp", save_all=True, append_images=frames[1:], duration=[50, 100, 5, 70],
                   loop=3, lossless=True)


def tiffs(upright):
    for name, options in {
        "none": "compression=none", "lzw": "compression=lzw,predictor=horizontal",
        "deflate": "compression=deflate", "packbits": "compression=packbits", "jpeg": "compression=jpeg",
        "tiled": "compression=lzw,tile,tile-width=16,tile-height=16", "bigtiff": "bigtiff",
    }.items():
        run("vips", "copy", "rgb8.png", f"{name}.tiff[{options},strip]")
    run("vips", "copy", "rgb16.png", "rgb16.tiff[compression=lzw,strip]")
    run("vips", "cast", "rgb8.png", "float.tiff[compression=deflate,strip]", "float")
    upright.convert("CMYK").save("cmyk.tiff")
    upright.convert("L").save("gray.tiff")
    upright.convert("1").save("bilevel.tiff", compression="group4")
    upright.quantize(16).save("palette.tiff")
    Image.open("rgba8.png").save("alpha.tiff")
    frames = animation()
    frames[0].save("pages.tiff", save_all=True, append_images=frames[1:])
    frames[0].save("unequal_pages.tiff", save_all=True, append_images=[frames[1].resize((20, 10))])


def gifs(upright):
    upright.quantize(256).save("still.gif")
    upright.quantize(15).save("transparent.gif", transparency=3)
    frames = [frame.quantize(128) for frame in animation()]
    frames[0].save("animated.gif", save_all=True, append_images=frames[1:], duration=[50, 100, 20, 70], loop=3)
    frames[0].save("animated_once.gif", save_all=True, append_images=frames[1:2])


def heifs():
    run("avifenc", "-s", "6", "--min", "10", "--max", "20", "rgb8.png", "8bit.avif", stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "-d", "10", "--cicp", "9/16/9", "rgb16.png", "10bit_hdr.avif",
        stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "-d", "12", "-y", "444", "rgb16.png", "12bit.avif", stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "rgba8.png", "alpha.avif", stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "-y", "400", "gray8.png", "gray.avif", stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "--irot", "1", "rgb8.png", "turned.avif", stdout=subprocess.DEVNULL)
    wide = draw().resize((128, 128))
    wide.save("wide.png")
    run("avifenc", "-s", "6", "--grid", "2x2", "wide.png", "wide.png", "wide.png", "wide.png", "grid.avif",
        stdout=subprocess.DEVNULL)
    run("avifenc", "-s", "6", "rgb8.png", "rgb8.png", "sequence.avif", stdout=subprocess.DEVNULL)
    pathlib.Path("wide.png").unlink()
    run("vips", "heifsave", "rgb8.png", "8bit.heic", "--compression", "hevc", "--Q", "80", "--strip")


def orientations(upright):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        turn = TURNS.get(orientation)
        stored = upright.transpose(getattr(Image.Transpose, turn)) if turn else upright
        stored.save(f"orientation_{orientation}.jpg", quality=90, subsampling=1, exif=exif)
        stored.save(f"orientation_{orientation}.png", exif=exif)
        stored.save(f"orientation_{orientation}.webp", lossless=True, exif=exif)
        stored.save(f"orientation_{orientation}.tiff", compression="tiff_lzw", tiffinfo={0x112: orientation})


def main():
    os.chdir(HERE)
    upright = draw()
    jpegs(upright)
    pngs(upright)
    webps(upright)
    tiffs(upright)
    gifs(upright)
    heifs()
    orientations(upright)
    pathlib.Path("reference.ppm").unlink()


main()
