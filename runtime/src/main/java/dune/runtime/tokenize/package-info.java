/// From text to token ids and back.
///
/// In go a checkpoint folder (`tokenizer.json`, `tokenizer.model` or `dune_tokenizer.json`, and the
/// JSON files beside it) and text; out come token ids, text, and the ids that begin and end a
/// sequence. {@link dune.runtime.tokenize.Tokenizers} chooses by what is there. Hugging Face's own
/// native library reads `tokenizer.json`; it is told not to call home and not to cut long texts.
/// SentencePiece's models are the business of {@code dune.runtime.sentencepiece}. Nothing here
/// knows about models, or about chat templates.
package dune.runtime.tokenize;
