// Package tables writes counts as a folder of Arrow or Parquet tables, see [Write],
// and reads such a folder in the place of the annotation files that it was made of.
package tables
