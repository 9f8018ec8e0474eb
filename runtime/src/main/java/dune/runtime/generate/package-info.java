/// From a prompt to text: what happens around a model while it writes.
///
/// In go a model that continues sequences ([LanguageModel]), a tokenizer and a request; out come
/// pieces of text as they are made, and at the end what was generated and how long it took. How a
/// model computes (libtorch or the interpreter, with a cache or without) is behind the interface.
package dune.runtime.generate;
