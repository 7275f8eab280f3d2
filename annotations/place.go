package annotations

import "fmt"

// Line is the Offset of an element in a dataset whose places are lines: file
// counts from 0 in what Visitor.Files got, line from 1, and is 0 where a file as
// a whole is meant. Elements are in the order of these numbers.
func Line(file, line int) int64 { return int64(file)<<32 | int64(uint32(line)) }

// ReportFiles tells a visitor which files a dataset has, and which links were met
// among them: those that led out of the folder, and were followed, and those to what
// is read already.
func ReportFiles(v Visitor, files, outside, again []string) {
	all := append(append(files[:len(files):len(files)], outside...), again...)
	if v.Files != nil {
		v.Files(all)
	}
	for i := range all[len(files):] {
		kind := LinkOutside
		if i >= len(outside) {
			kind = LinkAgain
		}
		if v.Problem != nil {
			v.Problem(kind, 0, Line(len(files)+i, 0))
		}
	}
}

// place completes an example whose Offset is a Line.
func (t *Tally) place(e *Example) { e.PlaceIn(t.files) }

// PlaceIn completes an example whose Offset is a Line, if that counts in files:
// those that Visitor.Files got.
func (e *Example) PlaceIn(files []string) {
	if len(files) == 0 || e.Offset < 0 {
		return
	}
	if file := e.Offset >> 32; file < int64(len(files)) {
		e.Part = files[file]
	}
	e.Line, e.Offset = e.Offset&(1<<32-1), -1
}

// where says in words where an element is.
func (t *Tally) where(offset int64) string {
	e := Example{Offset: offset}
	t.place(&e)
	return e.Where()
}

// Where is the place of an example within its file: a byte, a line, or a file and
// a line in a dataset of many; "" where it is not known.
func (e *Example) Where() string {
	switch {
	case e.Offset >= 0:
		return fmt.Sprintf("byte %d", e.Offset)
	case e.Part != "" && e.Line > 0:
		return fmt.Sprintf("%s:%d", e.Part, e.Line)
	case e.Line > 0:
		return fmt.Sprintf("line %d", e.Line)
	}
	return e.Part
}
