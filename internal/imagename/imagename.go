// Package imagename finds the images of a dataset by what other programs call
// them: the name of the file with or without its folders and extension, or a
// number out of the name.
package imagename

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Table finds images by their file names. Images are numbered from 0 in the
// order of the names.
type Table struct {
	names  []string
	byBase map[string][]int // without folders
	byStem map[string][]int // without folders and extension
}

// New returns a table of file names. Images without a name, "", are not found.
func New(names []string) *Table {
	t := &Table{names: names, byBase: map[string][]int{}, byStem: map[string][]int{}}
	for i, name := range names {
		if name == "" {
			continue
		}
		base := path.Base(clean(name))
		t.byBase[base] = append(t.byBase[base], i)
		t.byStem[stem(base)] = append(t.byStem[stem(base)], i)
	}
	return t
}

// clean writes a path with slashes.
func clean(name string) string { return path.Clean(strings.ReplaceAll(name, `\`, "/")) }

func stem(base string) string { return strings.TrimSuffix(base, path.Ext(base)) }

// extensions are those of pictures: what follows the last point of another name
// is a part of it.
var extensions = strings.Fields(".jpg .jpeg .jpe .png .bmp .gif .tif .tiff .webp .ppm .pgm .jp2 .heic .avif .dng")

// Find returns the images that a text may name, best of all exactly one. Those
// of the same base name come before those of which it is the stem, and these
// before those whose extension differs; of several, the ones with which it has
// the most folders in common, counted from the end, are left.
func (t *Table) Find(text string) []int {
	if text == "" {
		return nil
	}
	text = clean(text)
	base := path.Base(text)
	found := t.byBase[base]
	if len(found) == 0 {
		found = t.byStem[base]
	}
	if len(found) == 0 && slices.Contains(extensions, strings.ToLower(path.Ext(base))) {
		found = t.byStem[stem(base)]
	}
	if len(found) < 2 {
		return found
	}
	var best []int
	most := -1
	for _, i := range found {
		switch n := commonFolders(text, clean(t.names[i])); {
		case n > most:
			best, most = []int{i}, n
		case n == most:
			best = append(best, i)
		}
	}
	return best
}

// commonFolders counts the folders that two paths have in common, from the end.
func commonFolders(a, b string) int {
	for n := 0; ; n++ {
		a, b = path.Dir(a), path.Dir(b)
		if a == "." || b == "." || a == "/" || b == "/" || path.Base(a) != path.Base(b) {
			return n
		}
	}
}

// Rule says which number of a file name stands for it.
type Rule uint8

// The rules. All of them look at the stem.
const (
	Whole  Rule = iota // the stem is a number
	Last               // the last of its numbers
	First              // the first of them
	Digits             // all its digits in a row
)

// Rules are all of them, the most usual first.
var Rules = []Rule{Whole, Last, First, Digits}

// String names the rule in words.
func (r Rule) String() string {
	return [...]string{"the file's name, a number", "the last number in the file's name",
		"the first number in the file's name", "the digits of the file's name"}[r]
}

// Numbers returns the images by the number that the rule makes of their names.
func (t *Table) Numbers(rule Rule) map[int64][]int {
	numbers := make(map[int64][]int, len(t.names))
	for i, name := range t.names {
		if name == "" {
			continue
		}
		if n, ok := rule.number(stem(path.Base(clean(name)))); ok {
			numbers[n] = append(numbers[n], i)
		}
	}
	return numbers
}

// number returns the number of a stem, false if it has none of 64 bits.
func (r Rule) number(stem string) (int64, bool) {
	digit := func(c rune) bool { return c >= '0' && c <= '9' }
	runs := strings.FieldsFunc(stem, func(c rune) bool { return !digit(c) })
	if len(runs) == 0 || r == Whole && runs[0] != stem {
		return 0, false
	}
	text := runs[0]
	switch r {
	case Last:
		text = runs[len(runs)-1]
	case Digits:
		text = strings.Join(runs, "")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
