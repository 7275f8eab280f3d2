package output

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An ending of another kind of file is refused; a version, what a temporary file is
// called and a device are none.
func TestEndings(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "json", "a.CSV": "csv", "b/a.md": "markdown", "a.txt": "table", "a": "table", "v1.2": "table", "tmp.XyAbCdEfGh": "table", os.DevNull: "table",
		"a.html": "", "a.pdf": "", "a.parquet": "",
	} {
		format, err := FormatOf("output", path)
		if (want == "") != (err != nil) || err == nil && format != want {
			t.Errorf("%s: %q, %v; want %q", path, format, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "--output "+path+": nothing is written as") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A folder that is there may be called as it is; a new one is not called like a
// file, unless it is said to be none.
func TestFolderNames(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.html")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, good := range map[string]bool{
		there: true, filepath.Join(dir, "new"): true, filepath.Join(dir, "v1.2"): true, dir + "/new.html/": true, "": true,
		filepath.Join(dir, "new.html"): false, filepath.Join(dir, "tables.csv"): false,
	} {
		if err := CheckFolder("output", path); (err == nil) != good {
			t.Errorf("%s: %v", path, err)
		}
	}
}
