package dune.cli;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.resolve.Suggest;
import dune.ir.Elem;
import java.util.Arrays;
import java.util.Optional;
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
    String hint =
        nearest.map(name -> "; did you mean `" + name + "`?").orElse("; there are " + known);
    return new TypeConversionException("there is no " + what + " `" + text + "`" + hint);
  }
}
