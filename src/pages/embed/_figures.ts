// Every figure that has a page of its own, by its number in addresses.
import FaceCell from '../../components/cells/FaceCell.astro';

export const figures = {
  '0-1': FaceCell,
} as const;
