package output

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
)

// Endings are the formats that the name of an output file asks for.
var Endings = map[string]string{".json": "json", ".csv": "csv", ".md": "markdown"}

// FormatOf returns the format of a file that a flag names: that of its ending, a
// table where it has none.
func FormatOf(flag, path string) (string, error) {
	if format := Endings[strings.ToLower(filepath.Ext(path))]; format != "" {
		return format, nil
	}
	return "table", CheckEnding(flag, path, []string{"json", "csv", "md", "txt"})
}

// CheckEnding refuses a file that a flag names if its ending, such as html, is none
// of those that mean something there.
func CheckEnding(flag, path string, known []string) error {
	e := ending(path)
	if e == "" || slices.Contains(known, e) || atomicfile.IsStream(path) {
		return nil
	}
	return cli.Usagef("--%s %s: nothing is written as .%s: end the name in .%s", flag, path, e, strings.Join(known, ", ."))
}

// CheckFolder refuses a folder that a flag names if it has an ending, as if it were
// a file, and there is nothing of that name yet.
func CheckFolder(flag, path string) error {
	if _, err := os.Stat(path); err == nil || strings.HasSuffix(path, string(filepath.Separator)) || ending(path) == "" {
		return nil
	}
	return cli.Usagef("--%s %s: this is to be a folder, and the name has the ending of a file: leave .%s out, or put %c behind it", flag, path, ending(path), filepath.Separator)
}

// ending is what a file's name ends in, without the dot, "" where that is none of a
// kind of files: a version, or what was drawn for a temporary file.
func ending(path string) string {
	const longest = 8
	e := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if len(e) > longest || strings.ContainsFunc(e, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return ""
	}
	return e
}
