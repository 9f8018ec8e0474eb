/// Charts. In: lines, boxes and words in a few inks. Out: SVG, which has a dark side as well, and
/// PNG, drawn by ourselves with letters of strokes: no fonts, no window system and no native
/// library have to be there.
package dune.runtime.plot;
