package input

import (
	"os"
	"strings"
	"testing"
)

// A file is known under any of its names, and a whole archive holds each of its
// members; other members are other files.
func TestSameInput(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.json", "b.json", "x.zip"} {
		if err := os.WriteFile(name, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.json", "link.json"); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	for _, c := range []struct {
		paths string
		same  bool
	}{
		{"a.json b.json", false},
		{"b.json a.json link.json", true},
		{"a.json ./a.json", true},
		{"x.zip:a.json x.zip:b.json", false},
		{"x.zip:a.json a.json ./x.zip:a.json", true},
		{"x.zip:a.json x.zip", true},
		{"x.zip x.zip:a.json", true},
		{"none.json ./none.json", true},
	} {
		in := Files{Paths: strings.Fields(c.paths)}
		if err := in.Find(); (err != nil) != c.same {
			t.Errorf("%s: error %v", c.paths, err)
		}
	}
}
