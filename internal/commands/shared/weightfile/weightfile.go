// Package weightfile says what commands say of weights files.
package weightfile

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"cocostat/weights/codec"
)

// NoteBare says what the settings are of a file that has none.
func NoteBare(w io.Writer, path string, e codec.Encoding) {
	if !e.KeepsMetadata() {
		fmt.Fprintf(w, "%s has no metadata: the settings are intensity 1, schedule constant and eta 1\n", path)
	}
}

// WithoutMetadata says what a weights file of this name has no place for, "" for nothing.
func WithoutMetadata(path string) string {
	if e, known := codec.EncodingOf(path); known && !e.KeepsMetadata() {
		return ", without the metadata"
	}
	return ""
}

// CompleteNames completes the names of files that can hold weights.
func CompleteNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return append(Extensions(), "ipc"), cobra.ShellCompDirectiveFilterFileExt
}

// ClassNames returns the names of the classes of a weights file, for completion: none
// where it cannot be read.
func ClassNames(path string) (names []string) {
	t, _, err := codec.Open(path)
	if err != nil {
		return nil
	}
	for _, r := range t.Rows {
		names = append(names, r.Name)
	}
	return names
}

// ArrowExtensions are those of Arrow files.
var ArrowExtensions = []string{"arrow", "feather", "ipc"}

// Extensions are those of the files that can hold weights.
func Extensions() []string {
	var extensions []string
	for _, e := range codec.Encodings() {
		extensions = append(extensions, string(e))
	}
	return append(extensions, "feather")
}
