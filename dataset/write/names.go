package write

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// names gives files of images their names below a folder.
type names struct {
	flat  bool
	stems bool            // no two may differ in the extension alone
	taken map[string]bool // by key
}

func newNames(opt Options) *names {
	return &names{flat: opt.Flat, stems: opt.Format != COCO, taken: map[string]bool{}}
}

// LeavesError is that of a file name that leads out of the folder.
type LeavesError struct{ FileName string }

func (e *LeavesError) Error() string {
	return fmt.Sprintf("the image %q is named by a path that leads out of the folder: --flat takes the last part of the names alone", e.FileName)
}

// local returns a file name as a path below a folder, with slashes.
func (n *names) local(name string) (string, error) {
	slashed := strings.ReplaceAll(name, `\`, "/")
	if strings.ContainsFunc(slashed, func(r rune) bool { return r < ' ' }) {
		return "", fmt.Errorf("the image %q has a control character in its name: give it another", name)
	}
	if n.flat {
		slashed = path.Base(slashed)
	}
	clean := path.Clean(slashed)
	drive := len(clean) > 1 && clean[1] == ':'
	if clean == "." || drive || !filepath.IsLocal(filepath.FromSlash(clean)) || !filepath.IsLocal(clean) {
		return "", &LeavesError{name}
	}
	return clean, nil
}

// take returns the path for an image in a part: its name, or, where another image
// has that already, the name with a number.
func (n *names) take(part, name string) (local string, renamed bool, err error) {
	if local, err = n.local(name); err != nil {
		return "", false, err
	}
	ext := path.Ext(local)
	stem := strings.TrimSuffix(local, ext)
	for number := 1; ; number++ {
		if number > 1 {
			local = fmt.Sprintf("%s-%d%s", stem, number, ext)
		}
		key := part + "\x00" + local
		if n.stems {
			key = strings.TrimSuffix(key, ext)
		}
		if !n.taken[key] {
			n.taken[key] = true
			return local, number > 1, nil
		}
	}
}
