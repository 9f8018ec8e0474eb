package dune.runtime.chat;

/// Something that was said.
public record Message(Role role, String text) {
  /// By whom. Templates know the names in lower case.
  public enum Role {
    SYSTEM("system"),
    USER("user"),
    ASSISTANT("assistant");

    private final String word;

    Role(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }
}
