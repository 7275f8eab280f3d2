package annotations

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// MergeFile is the name of the file beside tables of counts that makes them merge: what was seen in each file that was counted, apart from the other
// files. It is
//
//	cocostat merge/1          and a line feed
//	{…}                       JSON of mergeHeader, and a line feed
//	the tallies               as many as the header says; see mergeWriter.tally
//	SHA-256 of all of that    32 bytes
//
// Whatever the order in which workers entered what they read, and whether it
// was read from annotations or from merge files, the same tallies are the same
// bytes.
const MergeFile = "merge.cocostat"

// The first line of a merge file.
const (
	mergeMagic   = "cocostat merge/"
	mergeVersion = "1"
)

// mergeHeader says what a merge file belongs to.
type mergeHeader struct {
	Options tableOptions `json:"options"`
	Tables  []TableFile  `json:"tables"`
	Sources int          `json:"sources"`
	Parts   bool         `json:"parts,omitempty"` // each tally is preceded by the names of Tally.files
	Boxes   []int64      `json:"boxes,omitempty"` // rows of the table boxes of each source
}

// tableOptions are the options that the tables were written with and that leave
// something out of them, or unite classes. What else is asked for in a merge
// changes nothing that the merge file lacks.
type tableOptions struct {
	NoCrowd  bool     `json:"no_crowd,omitempty"`
	ByName   bool     `json:"merge_by_name,omitempty"`
	LeaveOut []string `json:"leave_out,omitempty"` // Selection.Drop
	Classes  []string `json:"classes,omitempty"`
	Merge    []Union  `json:"merge,omitempty"`
}

func newTableOptions(opt Options) tableOptions {
	s := &opt.Selection
	return tableOptions{NoCrowd: opt.NoCrowd, ByName: opt.ByName, LeaveOut: uniqueNames(s.Drop), Classes: uniqueNames(s.Classes), Merge: s.Unions()}
}

func uniqueNames(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// lacking names the first option of the tables that is not asked for, as the
// flags of the commands do.
func (o tableOptions) lacking(asked Options) string {
	is := newTableOptions(asked)
	switch {
	case o.NoCrowd && !is.NoCrowd:
		return "--no-crowd"
	case o.ByName && !is.ByName:
		return "--by name"
	case len(o.Classes) > 0 && !slices.Equal(o.Classes, is.Classes):
		return "--classes " + strings.Join(o.Classes, ",")
	}
	for _, u := range o.Merge {
		if !slices.ContainsFunc(is.Merge, func(v Union) bool { return v.Name == u.Name && slices.Equal(v.Of, u.Of) }) {
			return "--merge " + u.String()
		}
	}
	for _, name := range o.LeaveOut {
		if !slices.Contains(is.LeaveOut, name) {
			return "--drop " + name
		}
	}
	return ""
}

// TableFile is a table beside a merge file, as it was written.
type TableFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Origin is what counts were made of: what was seen in each file, for MergeFile.
type Origin struct {
	files   []*Tally
	options tableOptions

	rows   []rowMap // of each file
	counts *Counts
}

// Write writes a merge file for the tables; boxes are the rows of each file in the
// table boxes, nil without that table.
func (o *Origin) Write(to io.Writer, tables []TableFile, boxes []int64) error {
	w := &mergeWriter{sum: sha256.New()}
	w.Writer = bufio.NewWriterSize(io.MultiWriter(to, w.sum), 64<<10)
	parts := slices.ContainsFunc(o.files, func(t *Tally) bool { return len(t.files) > 0 })
	header, err := json.Marshal(mergeHeader{o.options, tables, len(o.files), parts, boxes})
	if err != nil {
		return err
	}
	w.raw(mergeMagic + mergeVersion + "\n" + string(header) + "\n")
	for _, f := range o.files {
		w.source(f.Source)
		if parts {
			w.length(len(f.files))
			for _, name := range f.files {
				w.text(name)
			}
		}
		w.tally(f.canonical())
	}
	if w.err == nil {
		w.err = w.Flush()
	}
	if w.err != nil {
		return w.err
	}
	_, err = to.Write(w.sum.Sum(nil))
	return err
}
