/// SentencePiece (Kudo and Richardson, arXiv 1808.06226): text to pieces of a `tokenizer.model` and
/// back, exactly as the library does it.
///
/// In go the file and a text; out come ids. {@code ModelReader} reads the file, {@code Normalizer}
/// rewrites a text before it is cut, {@code Bpe} and {@code Unigram} cut it. What special tokens
/// mean to a model is not known here.
package dune.runtime.sentencepiece;
