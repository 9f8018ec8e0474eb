package dune.cli;

import picocli.CommandLine;

@CommandLine.Command(name = "dunec", mixinStandardHelpOptions = true, version = "dunec 0.1.0")
final class Dunec implements Runnable {
  public static void main(String[] args) {
    System.exit(new CommandLine(new Dunec()).execute(args));
  }

  @Override
  public void run() {}
}
