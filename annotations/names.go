package annotations

import (
	"hash/maphash"
	"math/bits"
	"path"
	"strings"
)

// unknownImage names the problem of an id that no image has. One that stands
// for a text may be the file name of an image.
func (m *merger) unknownImage(id int64) Kind {
	if id >= 0 {
		return UnknownImage
	}
	if m.fileNameIDs == nil {
		m.fileNameIDs = map[int64]bool{}
		for i := range m.ImageRows {
			name := m.ImageRows[i].FileName
			for _, text := range []string{name, path.Base(name), strings.TrimSuffix(name, path.Ext(name)), strings.TrimSuffix(path.Base(name), path.Ext(name))} {
				m.fileNameIDs[NumberOfText(text)] = true
			}
		}
	}
	if m.fileNameIDs[id] {
		return FileNameAsID
	}
	return UnknownImage
}

// unknownCategory is unknownImage of a category.
func (m *merger) unknownCategory(id int64) Kind {
	if id >= 0 {
		return UnknownCategory
	}
	if m.nameIDs == nil {
		m.nameIDs = map[int64]bool{}
		for i := range m.Categories {
			m.nameIDs[NumberOfText(m.Categories[i].Name)] = true
		}
	}
	if m.nameIDs[id] {
		return CategoryNameAsID
	}
	return UnknownCategory
}

// findSameNames reports file names that several image ids have. Names that ascend
// with the ids, as COCO's do, all differ.
func (m *merger) findSameNames() {
	for i := 1; i < len(m.ImageRows); i++ {
		if m.ImageRows[i-1].FileName >= m.ImageRows[i].FileName {
			m.compareNames()
			return
		}
	}
}

// compareNames is findSameNames of names in any order. Of the images
// with a name the first in ImageRows is in a hash table with linear probing, at
// most half full: the upper half of its name's hash, and row+1.
func (m *merger) compareNames() {
	seed := maphash.MakeSeed()
	slots := make([]uint64, 2<<bits.Len(uint(len(m.ImageRows))))
	mask := uint64(len(slots) - 1)
	const tag = 1<<64 - 1<<32
	for i := range m.ImageRows {
		name := m.ImageRows[i].FileName
		if name == "" {
			continue
		}
		own := m.owner(i)
		h := maphash.String(seed, name) ^ uint64(own)*0x9e3779b97f4a7c15
		entry := h&tag | uint64(i+1)
		for at := h & mask; ; at = (at + 1) & mask {
			slot := slots[at]
			if slot == 0 {
				slots[at] = entry
				break
			}
			first := int(uint32(slot)) - 1
			if slot&tag == h&tag && m.ImageRows[first].FileName == name && m.owner(first) == own {
				m.reportSameName(i, &m.ImageRows[first])
				break
			}
		}
	}
}

// owner is the file that an image belongs to, if each file has its own, else 0.
func (m *merger) owner(row int) int32 {
	if m.opt.ByName {
		return m.images[row].tally
	}
	return 0
}

// reportSameName reports that an image has the file name of an earlier one. Two
// files that list it under one id are another matter.
func (m *merger) reportSameName(row int, first *ImageCount) {
	if m.ImageRows[row].ID == first.ID {
		return
	}
	e := m.example(m.images[row])
	e.Detail = first.FileName
	m.problems.add(SameFileName, 1, e)
}
