// The noise schedule that figure 1.1 follows: that of the notebook's model.
import { shippedSchedule } from '../../../siteData/schedule.ts';

export default (): unknown => shippedSchedule();
