package resident

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Limits of groups and of those above them, as the kernel's documentation of
// control groups has the files: memory.max holds bytes or "max" (version 2),
// memory.limit_in_bytes a number that is near 2^63 for none (version 1).
func TestGroupLimits(t *testing.T) {
	root := t.TempDir()
	for path, content := range map[string]string{
		"a/memory.max": "3000000\n", "a/b/memory.max": "max\n", "a/b/c/memory.max": "5000000\n",
		"memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/x/memory.limit_in_bytes": "7000000\n",
	} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for listed, want := range map[string][]int64{
		"0::/a/b/c\n":                      {5000000, 3000000},
		"0::/\n":                           nil,
		"0::/missing\n":                    nil,
		"5:cpu:/a\n4:memory:/x\n0::/a/b\n": {7000000, 3000000},
		"nonsense":                         nil,
	} {
		var got []int64
		for _, m := range groupLimits(root, listed) {
			got = append(got, m.Bytes)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", listed, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	n, known := Bytes()
	if !known {
		t.Skip("this system does not tell the memory of a process")
	}
	if limit := Limit(); limit.Bytes < n || limit.What == "" {
		t.Errorf("the process holds %d bytes of at most %+v", n, limit)
	}
}
