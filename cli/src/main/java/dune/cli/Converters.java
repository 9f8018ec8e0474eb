package dune.cli;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.resolve.Suggest;
import dune.ir.Elem;
import dune.passes.Optimization;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Words of the command line that stand for values.
final class Converters {
  private Converters() {}

  static final class ElemConverter implements ITypeConverter<Elem> {
    @Override
    public Elem convert(String text) {
      return Elem.of(text)
          .filter(Elem::isFloat)
          .orElseThrow(
              () -> unknown("element type", text, Optional.empty(), "f32, bf16, f16 or f64"));
    }
  }

  /// `2` of `-O2`.
  static final class LevelConverter implements ITypeConverter<Optimization> {
    @Override
    public Optimization convert(String text) {
      return Arrays.stream(Optimization.values())
          .filter(level -> level.name().equals("O" + text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "there is no level `" + text + "`; it is -O0, -O1 or -O2"));
    }
  }

  /// `5GB`, `500 MB`: decimal units, as disks are sold.
  static final class SizeConverter implements ITypeConverter<Long> {
    private static final long SMALLEST = 1_000_000;
    private static final Pattern SIZE = Pattern.compile("(?i)(\\d{1,9})\\s*([kmgt]?)i?b?");

    @Override
    public Long convert(String text) {
      var size = SIZE.matcher(text);
      if (!size.matches()) {
        throw new TypeConversionException("`" + text + "` is no size; write it as 5GB or 500MB");
      }
      long unit = text.toLowerCase(Locale.ROOT).contains("i") ? 1024 : 1000;
      int times = " kmgt".indexOf(size.group(2).toLowerCase(Locale.ROOT));
      double bytes = Long.parseLong(size.group(1)) * Math.pow(unit, Math.max(times, 0));
      if (bytes < SMALLEST) {
        throw new TypeConversionException(
            "`" + text + "` is less than 1 MB; write it with a unit, such as 5GB or 500MB");
      }
      return (long) Math.min(bytes, Long.MAX_VALUE);
    }
  }

  static final class DeviceConverter implements ITypeConverter<DeviceRequest> {
    @Override
    public DeviceRequest convert(String text) {
      var names = Arrays.stream(DeviceRequest.values()).map(DeviceRequest::text).toList();
      return DeviceRequest.of(text)
          .orElseThrow(
              () ->
                  unknown(
                      "device",
                      text,
                      Suggest.nearest(text, names),
                      names.stream().collect(Collectors.joining(", "))));
    }
  }

  private static TypeConversionException unknown(
      String what, String text, Optional<String> nearest, String known) {
    String hint = nearest.map(name -> "; did you mean `" + name + "`?").orElse("; choose " + known);
    return new TypeConversionException("there is no " + what + " `" + text + "`" + hint);
  }
}
