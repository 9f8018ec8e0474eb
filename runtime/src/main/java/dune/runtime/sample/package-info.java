/// From logits to the next token, and from text to where it stops.
///
/// In go the logits of one position and the user's settings; out comes a token id, the same one for
/// the same seed on every machine. Nothing here knows about models, tokenizers or tensors.
package dune.runtime.sample;
