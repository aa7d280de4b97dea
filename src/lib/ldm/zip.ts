// The door of zips: model folders packed into one file, and unpacked. The only part that needs fflate.
export { readZip, type ReadZipOptions } from './weights/readZip.ts';
export { writeZip } from './weights/writeZip.ts';
export { ZipError, zipLimits, type ZipLimits } from './weights/zipDirectory.ts';
