/// Tests of prompt files, and of how what was written is shown.
package dune.runtime.prompts;
