/// Tests of templates.
package dune.runtime.template;
