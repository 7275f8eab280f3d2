package annotations

// Visitor receives the elements of a file in the order in which they stand
// there. A nil function skips its list's elements (they are still checked). The
// pointers are valid during the call only; strings may be kept. An error ends the
// scan and is returned as it is.
type Visitor struct {
	Image      func(*Image) error
	Annotation func(*Annotation) error
	Category   func(*Category) error
	// Problem is told of what the scan had to overlook. at is the offset of
	// the value, id the element's identifier as far as it was read by then.
	Problem func(kind Kind, id, at int64)
	// Files is told once, before all elements, that their Offsets are of [Line]: in
	// which files, by their paths below the dataset. A file that is read by the
	// line alone is the empty path.
	Files func(paths []string)
	// Text is told what text an identifier stands for: see [NumberOfText].
	Text func(id int64, text string)
	// Batches, when set, may get several elements in place of Image and
	// Annotation: what reads with several processors calls it. Both functions
	// are set, too.
	Batches *Batches
}

// Batches receives images and annotations by the batch. Images are valid during
// the call, annotations until Enter returns.
type Batches struct {
	// Images is called like Visitor.Image: once for each batch, in the order of
	// the file, from the goroutine of the caller of the scan.
	Images func([]Image) error
	// Confirm is called like Visitor.Annotation: once for each batch, in the
	// order of the file, from the goroutine of the caller of the scan. ids are
	// the annotations' identifiers, fewer if some have none.
	Confirm func(list []Annotation, ids []int64) error
	// Enter is called once for each confirmed batch, from any goroutine, for
	// several batches at the same time; the numbers of the workers that do so
	// are small and different. All calls return before the scan does.
	Enter func(list []Annotation, worker int)
}

// tee makes the annotations known to rows as well.
func (v *Visitor) tee(rows Rows) {
	one, some := v.Annotation, v.Batches.Confirm
	v.Annotation = func(a *Annotation) error {
		if err := rows.Add([]Annotation{*a}); err != nil {
			return err
		}
		return one(a)
	}
	v.Batches.Confirm = func(list []Annotation, ids []int64) error {
		if err := rows.Add(list); err != nil {
			return err
		}
		return some(list, ids)
	}
}
