package dune.runtime.chat;

import dune.runtime.chat.Message.Role;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;

/// A program of its own, since a library calls home when it is loaded, which happens once per
/// process: loads and uses tokenizers, renders a template, and prints whoever is to be called.
///
/// Java asks the proxy selector before it opens a connection, and makes every socket by the factory
/// where no proxy is wanted; so both hear of all, and let none come about.
final class Eavesdropper {
  private Eavesdropper() {}

  /// @param arguments `ours` and folders to use, or `bare` and a folder whose `tokenizer.json` is
  ///   loaded without us
  @SuppressWarnings("deprecation") // There is no other way to hear of every socket.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            System.out.println("call " + uri);
            throw new IllegalArgumentException("nobody is called here");
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
        });
    Socket.setSocketImplFactory(DeadSocket::new);
    for (Path folder :
        List.of(arguments).subList(1, arguments.length).stream().map(Path::of).toList()) {
      if (arguments[0].equals("bare")) bare(folder);
      else ours(folder);
    }
    // What is sent from another thread has time to begin.
    Thread.sleep(500);
    System.out.println("done");
    System.exit(0);
  }

  private static void ours(Path folder) {
    try (Tokenizer tokenizer = Tokenizers.of(folder)) {
      int[] ids = tokenizer.encodeMarked("the king");
      System.out.println(folder.getFileName() + " " + tokenizer.decode(ids));
    }
    if (!Files.exists(folder.resolve("chat_template.jinja"))) return;
    String text =
        ChatTemplate.of(folder)
            .render(
                List.of(new Message(Role.USER, "Hello")),
                ChatTemplate.Ending.ANSWER,
                ZonedDateTime.now());
    System.out.println("template " + text.contains("Hello"));
  }

  private static void bare(Path folder) throws IOException {
    try (var file = Files.newInputStream(folder.resolve("tokenizer.json"));
        var tokenizer =
            ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(file, Map.of())) {
      System.out.println("bare " + tokenizer.encode("the king").getIds().length);
    }
  }
}
