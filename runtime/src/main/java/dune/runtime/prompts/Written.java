package dune.runtime.prompts;

import dune.runtime.generate.Generated;
import dune.runtime.generate.Request;

/// What was written for a prompt.
///
/// @param index counts the prompts from 0
/// @param text what follows the prompt, without stop text
public record Written(int index, Prompt prompt, Request request, Generated generated, String text) {

  /// The token before one that was generated.
  int before(int step) {
    return step == 0 ? request.prompt().getLast() : generated.tokens().get(step - 1);
  }
}
