package annotations

import (
	"cmp"
	"slices"
	"strings"
)

// mergeImages makes ImageRows of all that are listed, and maps the rows of the
// tallies to them.
func (m *merger) mergeImages() {
	for n, t := range m.tallies {
		m.rows[n].image = make([]int32, len(t.frames))
	}
	m.images = m.sortedImages()
	m.ImageRows = make([]ImageCount, len(m.images))
	spans := spansOf(len(m.images))
	atOnce(len(spans), func(n int) {
		for i := spans[n].from; i < spans[n].to; i++ {
			m.ImageRows[i] = m.imageCount(m.images[i])
			m.mapImage(m.images[i], i)
		}
	})
	if len(m.tallies) > 1 && !m.opt.ByName {
		m.joinImages()
	}
}

// numbered reports whether the ids of a dataset are none of its own: in formats of
// many files, which have none, images and annotations are numbered.
func (t *Tally) numbered() bool { return len(t.files) > 0 && t.files[0] != "" }

// renumberImages numbers the images from 1 if each file has its own and an id is
// one of several files.
func (m *merger) renumberImages() {
	if !m.opt.ByName && !slices.ContainsFunc(m.tallies, (*Tally).numbered) {
		return
	}
	for i := range m.images {
		if i > 0 && m.images[i].id == m.images[i-1].id {
			m.ImagesRenumbered = true
			break
		}
	}
	for i := range m.ImageRows {
		if m.ImagesRenumbered {
			m.ImageRows[i].ID = int64(i) + 1
		}
	}
}

// imageCount returns an image that holds nothing yet.
func (m *merger) imageCount(im imageEntry) ImageCount {
	t := m.tallies[im.tally]
	f := t.frames[im.row]
	return ImageCount{ID: im.id, FileName: t.images.at(im.row).name, Width: f.width, Height: f.height}
}

// mapImage tells the row of an image in ImageRows.
func (m *merger) mapImage(im imageEntry, row int) { m.rows[im.tally].image[im.row] = int32(row) }

// sortedImages returns the images that are listed, in the order of
// compareImages.
func (m *merger) sortedImages() []imageEntry {
	if len(m.tallies) == 1 {
		if listed, ok := m.tallies[0].sortedImages(); ok {
			return listed
		}
	}
	all := 0
	for _, t := range m.tallies {
		all += len(t.frames)
	}
	listed := make([]imageEntry, 0, all)
	for n, t := range m.tallies {
		for i := range t.frames {
			if t.frames[i] != notListed {
				listed = append(listed, imageEntry{int32(n), int32(i), t.images.at(int32(i)).id})
			}
		}
	}
	slices.SortFunc(listed, m.compareImages)
	return listed
}

// sortedImages is that of the merger for a single file, in which every id is
// listed once, if all ids are places in a table, which it has if it was made from
// the file.
func (t *Tally) sortedImages() (listed []imageEntry, ok bool) {
	if t.imageRows.sparse > 0 || t.imageRows.n < len(t.frames) {
		return nil, false
	}
	listed = make([]imageEntry, 0, t.imageRows.n)
	for id, place := range t.imageRows.dense {
		if row := place - 1; row >= 0 && t.frames[row] != notListed {
			listed = append(listed, imageEntry{row: row, id: int64(id)})
		}
	}
	return listed, true
}

// joinImages joins the images that several files list.
func (m *merger) joinImages() {
	n := 0
	for i, im := range m.images {
		row := m.ImageRows[i]
		same := n > 0 && m.ImageRows[n-1].ID == im.id && !m.tallies[im.tally].numbered() && !m.tallies[m.images[n-1].tally].numbered()
		if same && m.ImageRows[n-1].FileName == row.FileName {
			m.sameImage(&m.ImageRows[n-1], &row, im)
			m.mapImage(im, n-1)
			continue
		}
		if same {
			m.problems.add(ImageNames, 1, m.example(im))
		}
		m.images[n], m.ImageRows[n] = im, row
		m.mapImage(im, n)
		n++
	}
	m.images, m.ImageRows = m.images[:n], m.ImageRows[:n]
}

// sameImage joins an image to the same one of another file.
func (m *merger) sameImage(to, row *ImageCount, im imageEntry) {
	differs := func(a, b int32) bool { return a != b && a != 0 && b != 0 }
	if differs(to.Width, row.Width) || differs(to.Height, row.Height) {
		m.problems.add(ImageSizes, 1, m.example(im))
	}
	m.problems.add(SharedImage, 1, m.example(im))
	to.Width, to.Height = max(to.Width, row.Width), max(to.Height, row.Height)
}

// example is where an image is listed.
func (m *merger) example(im imageEntry) Example {
	t := m.tallies[im.tally]
	return Example{File: t.file, ID: im.id, Offset: t.images.at(im.row).first.offset}
}

// compareImages orders images by id, file name, and file.
func (m *merger) compareImages(a, b imageEntry) int {
	if a.id != b.id {
		return cmp.Compare(a.id, b.id)
	}
	s, t := m.tallies[a.tally], m.tallies[b.tally]
	if c := strings.Compare(s.images.at(a.row).name, t.images.at(b.row).name); c != 0 {
		return c
	}
	return strings.Compare(s.file, t.file)
}
