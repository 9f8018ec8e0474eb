/// Settings in a file (TOML) that a command takes in place of options. In: text. Out: names with
/// values that are texts still; what they mean is for the command to say.
package dune.runtime.settings;
