package dune.runtime.data;

import dune.runtime.chat.Message;
import java.util.List;

/// One piece of data, as it stands in a file.
public sealed interface Entry {
  /// A document, all of which is learned.
  record Text(String text) implements Entry {}

  /// A document as token ids.
  record Tokens(int[] ids) implements Entry {}

  /// What is asked, as the model reads it, and what it is to answer.
  record Task(String prompt, String answer) implements Entry {}

  /// A conversation, in which the model learns what the assistant says.
  record Talk(List<Message> messages) implements Entry {
    public Talk {
      messages = List.copyOf(messages);
    }
  }
}
