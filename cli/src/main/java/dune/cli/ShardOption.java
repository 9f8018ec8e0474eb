package dune.cli;

import picocli.CommandLine.Option;

/// How large the files of a checkpoint become.
final class ShardOption {
  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "5GB",
      converter = Converters.SizeConverter.class,
      description = "The most bytes of one file, such as 500MB. Default: ${DEFAULT-VALUE}.")
  long size;
}
