package dune.weights.safetensors;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.layout.Strided;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.nio.file.Path;
import java.util.LinkedHashMap;

/// A safetensors file whose header was read. Its tensors stay on the disk until they are mapped.
public record SafetensorsFile(Path path, Header header) {

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is no well-formed safetensors file
  public static SafetensorsFile read(Path path) {
    return new SafetensorsFile(path, HeaderReader.read(path));
  }

  /// Its tensors, and where they lie.
  public Tensors tensors() {
    var file = new DataFile(path, header.fileSize());
    var tensors = new LinkedHashMap<String, Located>();
    header.tensors().forEach((name, entry) -> tensors.put(name, located(file, entry)));
    return new Tensors(tensors);
  }

  private Located located(DataFile file, Header.Entry entry) {
    long begin = header.dataStart() + entry.begin();
    var layout = Strided.of(entry.info().shape());
    return new Located(entry.info(), new Source.Region(file, begin, entry.info().bytes(), layout));
  }
}
