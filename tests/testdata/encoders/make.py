#!/usr/bin/env python3
"""Makes the JPEG files of this folder: one drawn picture, by encoders that share no code.

Needs Go, Java (11 or later, which runs single source files) and ffmpeg.
"""

import pathlib
import random
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT = 272, 208

GO = """package main
import ("bufio";"fmt";"image";"image/color";"image/jpeg";"os")
func main() {
  in, _ := os.Open(os.Args[1]); r := bufio.NewReader(in); var magic string; var w, h, max int
  fmt.Fscan(r, &magic, &w, &h, &max); r.ReadByte()
  picture := image.NewRGBA(image.Rect(0, 0, w, h)); p := make([]byte, 3)
  for y := 0; y < h; y++ { for x := 0; x < w; x++ {
    for i := range p { p[i], _ = r.ReadByte() }
    picture.Set(x, y, color.RGBA{p[0], p[1], p[2], 255}) } }
  out, _ := os.Create(os.Args[2]); jpeg.Encode(out, picture, &jpeg.Options{Quality: 88}); out.Close()
}
"""

JAVA = """import java.awt.image.BufferedImage; import java.io.*; import javax.imageio.ImageIO;
class Make { public static void main(String[] a) throws IOException {
  DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(a[0])));
  in.readLine(); String[] size = in.readLine().split(" "); in.readLine();
  int w = Integer.parseInt(size[0]), h = Integer.parseInt(size[1]);
  BufferedImage picture = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
  for (int y = 0; y < h; y++) for (int x = 0; x < w; x++)
    picture.setRGB(x, y, in.read() << 16 | in.read() << 8 | in.read());
  ImageIO.write(picture, "jpg", new File(a[1]));
} }
"""


def pixel(x, y, noise):
    inside = (x - 130) ** 2 + (y - 100) ** 2 < 70 ** 2
    base = (220 - y // 2, 150 + x // 8, 120) if inside else (x // 2, y, 255 - x // 2)
    stripe = 40 if (x // 9 + y // 14) % 5 == 0 else 0
    return bytes(max(0, min(255, value - stripe + noise)) for value in base)


def main():
    random.seed(5)
    pixels = b"".join(pixel(x, y, random.randint(-9, 9)) for y in range(HEIGHT) for x in range(WIDTH))
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        picture = scratch / "picture.ppm"
        picture.write_bytes(b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + pixels)
        (scratch / "make.go").write_text(GO)
        (scratch / "Make.java").write_text(JAVA)
        subprocess.run(["go", "run", scratch / "make.go", picture, HERE / "go.jpg"], check=True)
        subprocess.run(["java", scratch / "Make.java", picture, HERE / "java.jpg"], check=True)
        for name, options in {"ffmpeg420": ["-pix_fmt", "yuvj420p", "-huffman", "default"],
                              "ffmpeg422": ["-pix_fmt", "yuvj422p", "-huffman", "optimal"],
                              "ffmpeg444": ["-pix_fmt", "yuvj444p", "-huffman", "optimal"]}.items():
            subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", picture, *options, "-q:v", "4",
                            HERE / f"{name}.jpg"], check=True)


if __name__ == "__main__":
    main()
