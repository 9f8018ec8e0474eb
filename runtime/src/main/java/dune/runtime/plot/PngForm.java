package dune.runtime.plot;

import dune.runtime.plot.Mark.Box;
import dune.runtime.plot.Mark.Line;
import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.Mark.Weight;
import dune.runtime.plot.Mark.Words;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// A drawing as a PNG file, light, with two pixels where the drawing has one, for sharp screens.
///
/// Source: PNG (Portable Network Graphics) Specification, W3C, third edition; 8 bits per colour,
/// without interlacing.
public final class PngForm {
  private static final int SCALE = 2;
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte TRUE_COLOUR = 2;

  /// Each byte less the one above it.
  private static final byte UP = 2;

  private PngForm() {}

  public static byte[] of(Drawing drawing) {
    return encode(raster(drawing));
  }

  static Raster raster(Drawing drawing) {
    var raster = new Raster(SCALE * drawing.width(), SCALE * drawing.height(), Ink.GROUND.light());
    for (Mark mark : drawing.marks()) draw(mark, raster);
    return raster;
  }

  private static void draw(Mark mark, Raster raster) {
    int colour = mark.ink().light();
    switch (mark) {
      case Box(var x, var y, var width, var height, var radius, _) ->
          raster.box(SCALE * x, SCALE * y, SCALE * width, SCALE * height, SCALE * radius, colour);
      case Line(var points, var width, _) ->
          raster.lines(List.of(scaled(points)), SCALE * width, colour);
      case Words(var x, var y, var text, var anchor, var size, var weight, _) -> {
        double start = x - anchor.share() * StrokeFont.width(text, size);
        var strokes = new ArrayList<List<Point>>();
        for (List<Point> stroke : StrokeFont.strokes(text, start, y, size)) {
          strokes.add(scaled(stroke));
        }
        raster.lines(strokes, SCALE * size * (weight == Weight.STRONG ? 0.125 : 0.09), colour);
      }
    }
  }

  private static List<Point> scaled(List<Point> points) {
    return points.stream().map(point -> new Point(SCALE * point.x(), SCALE * point.y())).toList();
  }

  private static byte[] encode(Raster raster) {
    var file = new ByteArrayOutputStream();
    file.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13);
    header.putInt(raster.width()).putInt(raster.height()).put((byte) 8).put(TRUE_COLOUR);
    chunk("IHDR", header.array(), file);
    chunk("IDAT", deflated(rows(raster)), file);
    chunk("IEND", new byte[0], file);
    return file.toByteArray();
  }

  private static byte[] rows(Raster raster) {
    ByteBuffer rows = ByteBuffer.allocate(raster.height() * (1 + 3 * raster.width()));
    for (int y = 0; y < raster.height(); y++) {
      rows.put(UP);
      for (int x = 0; x < raster.width(); x++) {
        int here = raster.pixel(x, y);
        int above = y == 0 ? 0 : raster.pixel(x, y - 1);
        for (int shift = 16; shift >= 0; shift -= 8) {
          rows.put((byte) ((here >> shift) - (above >> shift)));
        }
      }
    }
    return rows.array();
  }

  private static byte[] deflated(byte[] bytes) {
    var result = new ByteArrayOutputStream();
    var buffer = new byte[1 << 16];
    try (var deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(bytes);
      deflater.finish();
      while (!deflater.finished()) result.write(buffer, 0, deflater.deflate(buffer));
    }
    return result.toByteArray();
  }

  private static void chunk(String type, byte[] content, ByteArrayOutputStream file) {
    ByteBuffer chunk = ByteBuffer.allocate(content.length + 12);
    chunk.putInt(content.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(content);
    var sum = new CRC32();
    sum.update(chunk.array(), 4, content.length + 4);
    chunk.putInt((int) sum.getValue());
    file.writeBytes(chunk.array());
  }
}
